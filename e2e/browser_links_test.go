package e2e_test

import "fmt"

// links is a mailbox that is a login, and main contact of more accounts: they
// are linked with one button, and one is taken off the login again.
func (v *tour) links() {
	v.Helper()
	var ids []string
	for i := range 3 {
		ids = append(ids, fmt.Sprintf("CDN%010d", v.first*1000+i))
		importCustomers(v.TB, v.database, ids[i]+",Fahrradwerk Leer Inhaberin Mirjam Postma e. K.,"+v.login()+",Mirjam")
	}
	v.goTo("/accounts")
	v.seen("13-accounts-offered")
	v.goTo("/accounts/link")
	v.arrive("13-offers", "/accounts/link", "offers.title")
	v.mouse(`document.querySelector(".tick input")`, 1)
	v.after("link", func() { v.mouse(`document.querySelector("#link button")`, 1) })
	v.arrive("13-accounts-linked", "/accounts", "chooser.title")
	v.goTo("/accounts/link?q=" + ids[0])
	v.arrive("13-offers-search", "/accounts/link", "offers.title")

	unlink := "/accounts/" + ids[1] + "/unlink"
	v.goTo(unlink)
	v.arrive("13-unlink", unlink, "unlink.title")
	v.press("unlink.button")
	v.seen("13-unlink-empty")
	v.fill("linking.password", passwordOfLogin)
	v.press("unlink.button")
	v.arrive("13-unlinked", unlink, "unlinked.title")
}
