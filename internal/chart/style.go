package chart

// style says what a mark stands for; its colour follows from it. It is also the class
// of the mark.
type style string

// The styles.
const (
	styleData     style = "data"
	styleFailure  style = "bad"
	styleUnknown  style = "unk"
	styleUpcoming style = "out"
	// styleSimulated is the only one that is hatched.
	styleSimulated style = "sim"
	styleLate      style = "late"
	styleEarly     style = "early"
	// The others tell further series of a column chart apart.
	styleSecond style = "soft"
	styleThird  style = "early3"
	styleFourth style = "late4"
	styleFifth  style = "ink5"
)

// otherStyles are those of series whose names have no meaning, in their order.
func otherStyles() []style {
	return []style{styleData, styleSecond, styleThird, styleFourth, styleFifth, styleUnknown}
}

// key is an entry of the legend.
type key struct {
	Style style
	// isHollow is set for the points of a line behind which little stands.
	IsHollow bool
	Word     string
}

// keys returns the legend: it names each style that is drawn, unless there is only
// one and that needs no word.
func (c *Chart) keys() []key {
	var keys []key
	isDrawn := map[style]bool{}
	for _, used := range c.styles() {
		isDrawn[used] = true
	}
	if len(c.series) > 1 {
		for _, s := range c.series {
			if isDrawn[s.style] && s.style != styleSimulated {
				keys = append(keys, key{Style: s.style, Word: s.word})
			}
		}
	}
	if isDrawn[styleSimulated] {
		if len(isDrawn) > 1 && len(c.series) == 1 && !isDrawn[styleLate] && !isDrawn[styleEarly] {
			keys = append(keys, key{Style: styleData, Word: "real"})
		}
		keys = append(keys, key{Style: styleSimulated, Word: simulatedWords(c.series)})
	}
	if isDrawn[styleLate] || isDrawn[styleEarly] {
		keys = append(keys, key{Style: styleLate, Word: lateWord(c.series[0])}, key{Style: styleEarly, Word: earlyWord(c.series[0])})
	}
	if c.plot != nil && c.plot.hollow != "" {
		keys = append(keys, key{Style: styleData, IsHollow: true, Word: c.plot.hollow})
	}
	return keys
}

// simulatedWords is the word for what is hatched.
func simulatedWords(all []series) string {
	word := "simulated"
	if len(all) > 1 {
		for _, s := range all {
			if s.style == styleSimulated {
				word += ": " + s.word
				break
			}
		}
	}
	return word
}

func lateWord(s series) string {
	if s.isSlip {
		return "later"
	}
	return "above zero"
}

func earlyWord(s series) string {
	if s.isSlip {
		return "earlier"
	}
	return "below zero"
}

// styles returns the styles of all marks.
func (c *Chart) styles() []style {
	var used []style
	if c.bars != nil {
		for _, b := range c.bars.Rows {
			if b.hasBar() {
				used = append(used, b.Style)
			}
		}
		return used
	}
	for _, r := range c.plot.Rects {
		used = append(used, r.Style)
	}
	for _, d := range c.plot.Dots {
		used = append(used, d.Style)
	}
	return used
}
