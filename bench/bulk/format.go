package main

import (
	"fmt"
	"strconv"
)

// seconds has three figures that count; nothing stands for no value.
func seconds(s float64) string {
	switch {
	case s == 0:
		return ""
	case s < 0.00995:
		return fmt.Sprintf("%.1f ms", s*1000)
	case s < 0.0995:
		return fmt.Sprintf("%.0f ms", s*1000)
	case s < 9.95:
		return fmt.Sprintf("%.2f s", s)
	default:
		return fmt.Sprintf("%.1f s", s)
	}
}

func megabytes(mb float64) string {
	if mb == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f MB", mb)
}

func ratio(value, of float64) string {
	switch {
	case value == 0 || of == 0:
		return ""
	case value/of < 9.95:
		return fmt.Sprintf("%.2f", value/of)
	default:
		return fmt.Sprintf("%.0f", value/of)
	}
}

func thousands(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
