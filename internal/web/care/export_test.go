package care

// NewPage is a page as a handler makes it, for the samples of pages.
var NewPage = (*Desk).page

// Door is a page for who is not logged in.
var Door = (*Desk).door

// ErrorKinds are the pages that say that something did not work.
var ErrorKinds = []errorKind{notFound, elsewhere, sessionOver, refused, tooFast, busy, fault, method, tooLarge}

// ChartOf draws the days of a report.
var ChartOf = chartOf
