package care

import (
	"fmt"
	"strings"

	"github.com/keyfold/keyfold/internal/funnel"
)

// drawn are the stages of the chart, from the ground up: who has arrived, and on top
// of them who is on the way. Those that nobody has come for would be all one sees.
func drawn() []funnel.Stage {
	return []funnel.Stage{funnel.Registered, funnel.Linked, funnel.EmailPending, funnel.PasswordSet, funnel.Asked}
}

// A Chart is columns of stages, one on the other. There are no words in the drawing,
// so that it can be as wide as the page; they stand beside it.
type Chart struct {
	Width, Height int
	Layers        []Layer
	Ticks         []int64 // from the top to the ground
	Marks         []string
}

// A Layer is one stage of all columns.
type Layer struct {
	Stage funnel.Stage
	Path  string
}

// The chart in its own units. It is stretched to the room that there is.
const (
	chartHeight = 240
	columnWidth = 10
	columnGap   = 2
	// gapsUpTo is how many columns stand apart; more of them would be all gaps.
	gapsUpTo = 45
)

// chartOf draws days. Marks are the days that are named under it.
func chartOf(days []funnel.DayCount) Chart {
	most := int64(0)
	for _, d := range days {
		most = max(most, d.Stood.Of(drawn()...))
	}
	top := roundUp(most)
	c := Chart{Width: columnWidth * len(days), Height: chartHeight, Ticks: []int64{top, top / 2, 0}}
	gap := 0
	if len(days) <= gapsUpTo {
		gap = columnGap
	}
	ground := make([]int64, len(days))
	for _, stage := range drawn() {
		var path strings.Builder
		for i, d := range days {
			n := d.Stood[stage]
			if n <= 0 {
				continue
			}
			from, to := height(ground[i], top), height(ground[i]+n, top)
			ground[i] += n
			fmt.Fprintf(&path, "M%d %sh%dV%sh-%dz", i*columnWidth+gap/2, tenth(chartHeight-from), columnWidth-gap, tenth(chartHeight-to), columnWidth-gap)
		}
		if path.Len() > 0 {
			c.Layers = append(c.Layers, Layer{stage, path.String()})
		}
	}
	c.Marks = []string{days[0].Day, days[len(days)-1].Day}
	if len(days) > 2 {
		c.Marks = []string{days[0].Day, days[len(days)/2].Day, days[len(days)-1].Day}
	}
	return c
}

func height(n, top int64) float64 { return chartHeight * float64(n) / float64(top) }

// tenth keeps the page short.
func tenth(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}

// roundUp is the next number that is easy to halve: 2, 4, 6, 10, 20, 40, 60, 100 …
func roundUp(n int64) int64 {
	for unit := int64(1); ; unit *= 10 {
		for _, step := range []int64{2, 4, 6, 8} {
			if n <= step*unit {
				return step * unit
			}
		}
		if n <= 10*unit {
			return 10 * unit
		}
	}
}

// rules are the lines at the ticks.
func (c Chart) rules() string {
	return fmt.Sprintf("M0 0H%dM0 %dH%dM0 %dH%d", c.Width, c.Height/2, c.Width, c.Height, c.Width)
}
