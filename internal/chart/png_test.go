package chart_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"testing"

	"liftoff/internal/chart"
	"liftoff/internal/table"
)

// pictureOf returns the PNG file of a table.
func pictureOf(t *testing.T, each table.Table) image.Image {
	t.Helper()
	var out bytes.Buffer
	if err := chart.Of(each).WritePNG(&out); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return picture
}

// pixels counts the pixels of a colour.
func pixels(picture image.Image, want color.RGBA) int {
	found := 0
	for y := range picture.Bounds().Dy() {
		for x := range picture.Bounds().Dx() {
			if color.RGBAModel.Convert(picture.At(x, y)) == want {
				found++
			}
		}
	}
	return found
}

func TestWritePNG_HasTheColoursOfItsMarks(t *testing.T) {
	t.Parallel()
	data, failure := color.RGBA{0x2b, 0x5a, 0x9e, 0xff}, color.RGBA{0xb8, 0x35, 0x2b, 0xff}
	unknown, simulated := color.RGBA{0x9a, 0x9f, 0xa9, 0xff}, color.RGBA{0x75, 0x55, 0x9f, 0xff}
	late, early := color.RGBA{0xa3, 0x5f, 0x00, 0xff}, color.RGBA{0x0f, 0x6f, 0x74, 0xff}
	for _, test := range []struct {
		table  table.Table
		height int
		has    []color.RGBA
		not    []color.RGBA
	}{
		{perYear(), 690, []color.RGBA{data, failure, unknown}, []color.RGBA{simulated, late}},
		{rate(), 690, []color.RGBA{data}, []color.RGBA{simulated, failure}},
		{masses(), 690, []color.RGBA{simulated}, []color.RGBA{data}},
		{slips(), 470, []color.RGBA{late, early}, []color.RGBA{data, simulated}},
		{kinds(), 314, []color.RGBA{data, simulated}, []color.RGBA{late}},
	} {
		picture := pictureOf(t, test.table)
		if size := picture.Bounds().Size(); size.X != 1440 || size.Y != test.height {
			t.Errorf("%s: %v, want 1440 by %d", test.table.Name, size, test.height)
		}
		for _, colour := range test.has {
			if pixels(picture, colour) == 0 {
				t.Errorf("%s: no pixel is %v", test.table.Name, colour)
			}
		}
		for _, colour := range test.not {
			if n := pixels(picture, colour); n > 0 {
				t.Errorf("%s: %d pixels are %v", test.table.Name, n, colour)
			}
		}
	}
}
