package chart

import (
	"math"
	"strings"

	"liftoff/internal/plain"
)

const (
	// minBarWidth keeps bars readable on a narrow terminal; labels are cut instead.
	minBarWidth = 10
	// minLabelWidth is the least width of a label that is cut.
	minLabelWidth = 8
)

// drawBars draws one horizontal bar for each point, the longest as wide as
// the terminal allows. Values below zero have no bar. Labels are cut on a terminal
// only: its table has them whole.
func drawBars(points []point, s textStyle) []string {
	labelWidth, textWidth, highest := 0, 0, 0.0
	for _, p := range points {
		labelWidth = max(labelWidth, plain.Width(p.label))
		textWidth = max(textWidth, plain.Width(p.text))
		if p.hasValue {
			highest = max(highest, p.value+p.upcoming)
		}
	}
	if !s.isUnlimited {
		labelWidth = min(labelWidth, max(minLabelWidth, s.width/3))
	}
	barWidth := max(minBarWidth, s.width-labelWidth-textWidth-2)
	lines := make([]string, len(points))
	for i, p := range points {
		label := plain.Pad(plain.Cut(p.label, labelWidth, s.ellipsis), labelWidth)
		drawn := ""
		if p.hasValue && highest > 0 {
			drawn = bar(p.value/highest, barWidth, s.blocks) + upcomingBar(p, highest, barWidth, s)
		}
		lines[i] = strings.Join(nonEmpty(label, drawn, p.text), " ")
	}
	return lines
}

// upcomingBar draws what has not happened, behind what has: with it, the bar is as long
// as both. Anything above zero gets at least one column.
func upcomingBar(p point, highest float64, width int, s textStyle) string {
	if p.upcoming <= 0 {
		return ""
	}
	before := math.Ceil(p.value / highest * float64(width))
	both := math.Round((p.value + p.upcoming) / highest * float64(width))
	return strings.Repeat(s.upcoming, max(1, int(both-before)))
}

// nonEmpty leaves out empty parts.
func nonEmpty(parts ...string) []string {
	var kept []string
	for _, part := range parts {
		if part != "" {
			kept = append(kept, part)
		}
	}
	return kept
}

// bar draws a share of width columns. The last of the blocks fills a column, the
// ones before it fill equal parts of one. Any share above zero gets at least one
// block.
func bar(share float64, width int, blocks []rune) string {
	if share <= 0 {
		return ""
	}
	steps := len(blocks)
	drawn := int(math.Round(min(share, 1) * float64(width*steps)))
	drawn = max(drawn, 1)
	line := strings.Repeat(string(blocks[steps-1]), drawn/steps)
	if rest := drawn % steps; rest > 0 {
		line += string(blocks[rest-1])
	}
	return line
}
