package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/mariatest"
)

// legacyTables are the tables of a billing system, as far as its recipe reads
// them, with rows as they are met.
var legacyTables = map[string][]string{
	"whmcs": {
		`create table tblclients (id int(10) not null auto_increment primary key, uuid varchar(255) not null default '', firstname text not null, lastname text not null,
			companyname text not null, email text not null, password text not null, datecreated date not null, status enum('Active','Inactive','Closed') not null default 'Active',
			language text not null) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table tblusers (id int(10) unsigned not null auto_increment primary key, first_name varchar(255) not null default '', last_name varchar(255) not null default '',
			email varchar(255) not null default '', password varchar(255) not null default '', language varchar(32) not null default '',
			second_factor varchar(255) not null default '', second_factor_config text) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table tblusers_clients (id int(10) unsigned not null auto_increment primary key, auth_user_id int(10) unsigned not null default 0, client_id int(10) unsigned not null default 0,
			invite_id int(10) unsigned not null default 0, owner tinyint(3) unsigned not null default 0, permissions text, last_login timestamp null default null,
			unique key (auth_user_id, client_id)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table tblcontacts (id int(10) not null auto_increment primary key, userid int(10) not null, firstname text not null, lastname text not null, companyname text not null,
			email text not null, subaccount int(1) not null default 0, password text not null, permissions text not null, domainemails int(1) not null, generalemails int(1) not null,
			invoiceemails int(1) not null, productemails int(1) not null, supportemails int(1) not null, affiliateemails int(1) not null,
			key (userid)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`insert into tblclients (id, firstname, lastname, companyname, email, password, datecreated, status, language) values
			(1000001, 'Sanne', 'Veldkamp', 'Veldkamp &quot;Media&quot; B.V. &amp; Zn', 'info@veldkamp.example', '', '2019-01-01', 'Active', 'dutch'),
			(1000002, 'Se&#039;an', 'O&#039;Brien', '', 'sean@brien.example', '', '2019-01-01', 'Inactive', ''),
			(1000003, 'Karl', 'Weber', 'Weber \\ Söhne', 'weber@weber.example', '', '2019-01-01', 'Closed', 'french'),
			(1000004, '', '', 'Nobody owns this', '', '', '2019-01-01', 'Active', 'german')`,
		`insert into tblusers (id, first_name, email, password, language) values
			(1, 'Sanne', 'info@veldkamp.example', '$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W', 'english'),
			(2, 'Se', 'sean@brien.example', '628eec3bb3001aca9a8f86dc9d281915:zout', ''),
			(3, 'Weber', 'weber@weber.example', '$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W', ''),
			(4, 'A colleague', 'colleague@veldkamp.example', '$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W', '')`,
		`insert into tblusers_clients (auth_user_id, client_id, owner) values (1, 1000001, 1), (4, 1000001, 0), (2, 1000002, 1), (3, 1000003, 1), (1, 1000003, 0)`,
		`insert into tblcontacts (userid, firstname, lastname, companyname, email, password, permissions, domainemails, generalemails, invoiceemails, productemails, supportemails, affiliateemails) values
			(1000001, 'Books &amp; &quot;Co&quot;', 'B\\V', '', 'books@veldkamp.example', '', '', 0, 1, 1, 1, 0, 0),
			(1000001, 'Again', 'The Books', '', 'Books@veldkamp.example', '', '', 0, 1, 1, 0, 0, 0),
			(1000001, 'Tech', '', '', 'tech@veldkamp.example', '', '', 1, 0, 0, 0, 0, 0),
			(1000001, 'Nobody', 'Here', '', '', '', '', 1, 0, 0, 0, 0, 0),
			(1000001, 'Zoë', 'Ørsted', '', 'zoe@veldkamp.example', '', '', 0, 1, 0, 0, 0, 0)`,
		`create table tblhosting (id int(10) not null auto_increment primary key, userid int(10) not null, domain text not null,
			domainstatus enum('Pending','Active','Suspended','Terminated','Cancelled','Fraud','Completed') not null default 'Pending', key (userid)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table tbldomains (id int(10) not null auto_increment primary key, userid int(10) not null, domain text not null,
			status enum('Pending','Pending Registration','Pending Transfer','Active','Grace','Redemption','Expired','Cancelled','Fraud','Transferred Away') not null default 'Pending',
			key (userid)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`insert into tblhosting (userid, domain, domainstatus) values (1000001, 'Veldkamp.example', 'Active'), (1000001, 'veldkamp.example', 'Suspended'), (1000001, 'kamp.example', 'Active'),
			(1000001, '', 'Active'), (1000002, 'veldkamp.example', 'Active'), (1000003, 'weber.example', 'Terminated')`,
		`insert into tbldomains (userid, domain, status) values (1000001, 'example', 'Active'), (1000002, 'brien.example', 'Grace'), (1000003, 'weber.example', 'Expired')`,
	},
	"blesta": {
		`create table clients (id int(10) unsigned not null auto_increment primary key, id_format varchar(64) not null, id_value int(10) unsigned not null, user_id int(10) unsigned not null,
			client_group_id int(10) unsigned not null, status enum('active','inactive','fraud') not null default 'active', unique key (user_id)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table contacts (id int(10) unsigned not null auto_increment primary key, client_id int(10) unsigned not null, user_id int(10) unsigned default null,
			contact_type enum('primary','billing','other') not null default 'primary', contact_type_id int(10) unsigned default null, first_name varchar(128) not null, last_name varchar(128) not null,
			title varchar(64) default null, company varchar(128) default null, email varchar(255) not null, date_added datetime not null,
			key (client_id)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		`create table users (id int(10) unsigned not null auto_increment primary key, username varchar(255) not null, password varchar(64) not null,
			two_factor_mode enum('none','motp','totp') not null default 'none', two_factor_key varchar(128) default null, two_factor_pin varchar(128) default null,
			date_added datetime not null, unique key (username)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci`,
		"create table client_settings (`key` varchar(32) not null, client_id int(10) unsigned not null, value text not null, encrypted tinyint(1) unsigned not null default 0," +
			" primary key (`key`, client_id)) engine=InnoDB default charset=utf8 collate=utf8_unicode_ci",
		`insert into users (id, username, password, date_added) values (11, 'sanne', '` + blestaHash + `', now()), (12, 'karl', '', now()), (13, 'fraud', '', now())`,
		`insert into clients (id, id_format, id_value, user_id, client_group_id, status) values
			(1, '{num}', 1000001, 11, 1, 'active'), (2, 'X-{num}-7', 100002, 12, 1, 'inactive'), (3, '{num}', 1000003, 13, 1, 'fraud')`,
		`insert into contacts (client_id, contact_type, first_name, last_name, company, email, date_added) values
			(1, 'primary', 'Sanne', 'Veldkamp', 'Veldkamp "Media" B.V.', 'info@veldkamp.example', now()),
			(1, 'billing', 'Books', 'O''Brien', null, 'books@veldkamp.example', now()),
			(1, 'other', 'Zoë', '', null, 'zoe@veldkamp.example', now()),
			(2, 'primary', 'Karl', 'Weber', null, 'weber@weber.example', now())`,
		"insert into client_settings (`key`, client_id, value) values ('language', 1, 'nl_nl'), ('language', 2, 'fr_fr'), ('username_type', 3, 'email')",
	},
	"hostbill": {
		`create table hb_client_details (id int(10) not null auto_increment primary key, parent_id int(11) not null default 0, firstname text not null, lastname text not null, companyname text not null,
			datecreated date not null, notes text not null, language text not null, company tinyint(1) not null default 0, key (parent_id)) engine=InnoDB default charset=utf8`,
		`create table hb_client_access (id int(10) not null primary key, group_id int(10) not null default 0, email text not null, password varchar(255) not null, lastlogin datetime default null,
			ip text not null, host text not null, status enum('Active','Closed','Closing','PendingRemoval','Archived') not null default 'Active', loginattempts tinyint(1) default 0,
			mfamodule int(11) default 0) engine=InnoDB default charset=utf8`,
		`create table hb_client_billing (id int(11) not null auto_increment primary key, client_id int(11) not null, billing_contact_id int(11) unsigned default 0, key (client_id)) engine=InnoDB default charset=utf8`,
		`insert into hb_client_details (id, parent_id, firstname, lastname, companyname, datecreated, notes, language) values
			(1000001, 0, 'Sanne', 'Veldkamp', 'Veldkamp "Media" B.V.', '2019-01-01', '', 'Dutch'), (1000002, 0, 'Karl', 'Weber', '', '2019-01-01', '', 'english'),
			(1000003, 0, 'Mei', 'Tan', '', '2019-01-01', '', ''), (1000004, 1000001, 'Books', 'Keeper', '', '2019-01-01', '', ''), (1000005, 1000001, 'Zoë', '', '', '2019-01-01', '', ''),
			(1000006, 1000001, 'Gone', '', '', '2019-01-01', '', '')`,
		`insert into hb_client_access (id, email, password, ip, host, status) values
			(1000001, 'info@veldkamp.example', '$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W', '', '', 'Active'),
			(1000002, 'weber@weber.example', '', '', '', 'Closing'), (1000003, 'mei@tan.example', '', '', '', 'Archived'),
			(1000004, 'books@veldkamp.example', '', '', '', 'Active'), (1000005, 'zoe@veldkamp.example', '', '', '', 'Active'), (1000006, 'gone@veldkamp.example', '', '', '', 'Closed')`,
		`insert into hb_client_billing (client_id, billing_contact_id) values (1000001, 1000004), (1000002, 0)`,
		`create table hb_accounts (id int(11) not null auto_increment primary key, client_id int(11) not null, domain text not null,
			status enum('Pending','Active','Suspended','Terminated','Cancelled','Fraud') not null, key (client_id)) engine=InnoDB default charset=utf8`,
		`create table hb_domains (id int(11) not null auto_increment primary key, client_id int(11) not null, name text character set utf8 collate utf8_bin not null,
			status varchar(32) not null default 'Pending', key (client_id)) engine=InnoDB default charset=utf8`,
		`insert into hb_accounts (client_id, domain, status) values (1000001, 'veldkamp.example', 'Active'), (1000002, 'weber.example', 'Cancelled')`,
		`insert into hb_domains (client_id, name, status) values (1000001, 'other.example', 'Active'), (1000003, 'tan.example', 'Active')`,
	},
}

// blestaHash is bcrypt over HMAC-SHA-256 of "Tegel-41?" with the system key
// "0123456789abcdef", made with PHP's password_hash and hash_hmac.
const blestaHash = "$2y$06$Ih5f.XQlLkEZ9DTSb1anjuNS9sjSttCt5osjVwgxC4.6Vth2hpITS"

// rowsOf are the rows of a recipe as an import sees them.
func rowsOf(t *testing.T, recipe, url string, columns ...string) (rows []string) {
	t.Helper()
	flags := sourceFlags{Recipe: recipe, From: url, Column: columns}
	var errs bytes.Buffer
	in, err := flags.open(t.Context(), &environment{stderr: &errs})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := in.close(); err != nil || errs.Len() > 0 {
			t.Error(err, errs.String())
		}
	}()
	rows = append(rows, strings.Join(in.Head().Columns, "|"))
	for {
		rec, err := in.Next()
		if errors.Is(err, io.EOF) {
			return rows
		}
		if err != nil || rec.Fault != "" {
			t.Fatalf("%v %+v", err, rec)
		}
		rows = append(rows, strings.Join(rec.Fields, "|"))
	}
}

func TestRecipesGiveWhatAnImportUnderstands(t *testing.T) {
	const bcrypt = "$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W"
	const head = "name|contact_email|contact_name|status|locale|password_hash|contacts|"
	for recipe, want := range map[string][]string{
		"whmcs": {
			`Veldkamp "Media" B.V. & Zn|info@veldkamp.example|Sanne Veldkamp|active|en|` + bcrypt +
				`|[{"email":"books@veldkamp.example","name":"Books & \"Co\" B\\V","kind":"billing"},{"email":"tech@veldkamp.example","name":"Tech","kind":"technical"},` +
				`{"email":"zoe@veldkamp.example","name":"Zoë Ørsted","kind":"general"}]|Veldkamp.example example|NL1000001`,
			`Se'an O'Brien|sean@brien.example|Se'an O'Brien|active||628eec3bb3001aca9a8f86dc9d281915:zout||brien.example|NL1000002`,
			`Weber \ Söhne|weber@weber.example|Karl Weber|closed||` + bcrypt + `|||NL1000003`,
			`Nobody owns this|||active|de||||NL1000004`,
		},
		"blesta": {
			`Veldkamp "Media" B.V.|info@veldkamp.example|Sanne Veldkamp|active|nl|` + blestaHash +
				`|[{"email":"books@veldkamp.example","name":"Books O'Brien","kind":"billing"},{"email":"zoe@veldkamp.example","name":"Zoë","kind":"general"}]|NL1000001`,
			`Karl Weber|weber@weber.example|Karl Weber|closed||||NLX-100002-7`,
			`|||closed||||NL1000003`,
		},
		"hostbill": {
			`Veldkamp "Media" B.V.|info@veldkamp.example|Sanne Veldkamp|active|nl|` + bcrypt +
				`|[{"email":"books@veldkamp.example","name":"Books Keeper","kind":"billing"},{"email":"zoe@veldkamp.example","name":"Zoë","kind":"general"}]|veldkamp.example|NL1000001`,
			`Karl Weber|weber@weber.example|Karl Weber|active|en||||NL1000002`,
			`Mei Tan|mei@tan.example|Mei Tan|closed||||tan.example|NL1000003`,
		},
	} {
		t.Run(recipe, func(t *testing.T) {
			db := mariatest.Open(t)
			db.Do(t, legacyTables[recipe]...)
			id := "customer_id=NL{id}"
			if recipe == "blesta" {
				id = "customer_id=NL{id_code}"
			}
			if diff := cmp.Diff(append([]string{head + map[bool]string{true: "hosted_domains|"}[recipe != "blesta"] + "customer_id"}, want...), rowsOf(t, recipe, db.URL("root", ""), id)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRecipesArePrintedAndReadAgain(t *testing.T) {
	names := recipeNames()
	if !slices.Equal(names, []string{"blesta", "hostbill", "whmcs"}) {
		t.Error(names)
	}
	for _, name := range names {
		code, out, errs := keyfoldIn(t, nil, "import", "recipe", name)
		m, err := parseMap(name+".yaml", []byte(out))
		if code != exitOK || errs != "" || err != nil || m.query == "" || len(m.mapping.Columns) < 8 {
			t.Errorf("%s: %d, %s, %v, %s", name, code, errs, err, fmt.Sprint(m.mapping.Columns))
		}
	}
	if code, _, errs := keyfoldIn(t, nil, "import", "recipe", "whcms"); code != exitProblem || errs != "keyfold: there is no recipe \"whcms\". Did you mean whmcs?\n" {
		t.Errorf("%d, %s", code, errs)
	}
}
