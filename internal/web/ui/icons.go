package ui

// shapes is what an icon is drawn of: a grid of 20, a line of 1.5, round ends.
// An icon never stands alone: a word is always next to it.
func shapes(icon string) string {
	switch icon {
	case "alert":
		return `<circle cx="10" cy="10" r="7.25"/><path d="M10 6.25v4.5m0 2.75v.01"/>`
	case "back":
		return `<path d="M16 10H4m5-5-5 5 5 5"/>`
	case "check":
		return `<path d="M4.5 10.5 8 14l7.5-8"/>`
	case "clock":
		return `<circle cx="10" cy="10" r="7.25"/><path d="M10 6v4.25L12.75 12"/>`
	case "close":
		return `<path d="m5.5 5.5 9 9m0-9-9 9"/>`
	case "down":
		return `<path d="M5.5 8 10 12.5 14.5 8"/>`
	case "eye":
		return `<path d="M2.25 10S5 4.75 10 4.75 17.75 10 17.75 10 15 15.25 10 15.25 2.25 10 2.25 10z"/><circle cx="10" cy="10" r="2.25"/>`
	case "info":
		return `<circle cx="10" cy="10" r="7.25"/><path d="M10 9.25v4.5M10 6.5v.01"/>`
	case "key":
		return `<circle cx="6.75" cy="13.25" r="3.5"/><path d="m9.25 10.75 7-7m-2.5 2.5 2 2"/>`
	case "leave":
		return `<path d="M8 3.75H5.25a1.5 1.5 0 0 0-1.5 1.5v9.5a1.5 1.5 0 0 0 1.5 1.5H8m4.5-3L15.75 10 12.5 6.75M15.5 10H8"/>`
	case "link":
		return `<path d="M8.25 11.75a3 3 0 0 0 4.25 0l3-3a3 3 0 0 0-4.25-4.25l-.75.75"/><path d="M11.75 8.25a3 3 0 0 0-4.25 0l-3 3a3 3 0 0 0 4.25 4.25l.75-.75"/>`
	case "lock":
		return `<rect x="4" y="8.75" width="12" height="8" rx="2"/><path d="M6.75 8.75V6.5a3.25 3.25 0 0 1 6.5 0v2.25"/>`
	case "mail":
		return `<rect x="2.75" y="4.5" width="14.5" height="11" rx="2"/><path d="M3.25 6.25 10 11l6.75-4.75"/>`
	case "next":
		return `<path d="M8 5.5 12.5 10 8 14.5"/>`
	case "pause":
		return `<path d="M7.5 5v10m5-10v10"/>`
	case "plus":
		return `<path d="M10 4.5v11M4.5 10h11"/>`
	case "search":
		return `<circle cx="9" cy="9" r="5.25"/><path d="m13 13 3.75 3.75"/>`
	case "send":
		return `<path d="M16.75 3.25 9 11m7.75-7.75L12 16.75l-3-5.75-5.75-3z"/>`
	case "shield":
		return `<path d="M10 2.75 16 5v4.5c0 3.75-2.5 6.5-6 7.75-3.5-1.25-6-4-6-7.75V5z"/>`
	case "switch":
		return `<path d="M6.5 8 10 4.5 13.5 8m-7 4 3.5 3.5 3.5-3.5"/>`
	case "user":
		return `<circle cx="10" cy="6.75" r="3"/><path d="M4 16.5c.6-3 3-4.5 6-4.5s5.4 1.5 6 4.5"/>`
	case "users":
		return `<circle cx="7.5" cy="7" r="2.75"/><path d="M2.25 16c.5-2.75 2.5-4 5.25-4s4.75 1.25 5.25 4M12.75 4.5a2.75 2.75 0 0 1 0 5M15 12.25c1.5.6 2.4 1.8 2.75 3.75"/>`
	default:
		return ""
	}
}

// ruleShapes are the three states of a rule in one icon. The style shows one
// of them, so that the script has to change a class and no more.
const ruleShapes = `<circle class="open" cx="10" cy="10" r="3.25"/><path class="yes" d="M4.5 10.5 8 14l7.5-8"/><path class="no" d="m5.5 5.5 9 9m0-9-9 9"/>`

// The two marks that are built in: a folded key for who has no logo, and the
// one of the invented provider of the demo.
const (
	keyfoldMark = `<rect width="28" height="28" rx="7"/><path class="on" d="M7 6h4.6v6.3L17.3 6h5.2l-6 6.5L14 15.2 19.4 22H14l-2.4-3.3V22H7z"/>`
	polderMark  = `<rect width="28" height="28" rx="7"/><path class="on" d="M14 4.75a2.25 2.25 0 1 1 0 4.5 2.25 2.25 0 0 1 0-4.5zM11.9 12h1.2L8.4 23H3.6zM13.65 12h.7l2 11h-4.7zM14.9 12h1.2l8.3 11h-4.8z"/>`
)
