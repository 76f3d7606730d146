package browser_test

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"liftoff/internal/testkit/pgtest"
)

// pictureLimit is how large a picture in the documentation may be.
const pictureLimit = 150 << 10

// TestPictures takes the pictures of the documentation, into LIFTOFF_PICTURES; without it
// there is nothing to do. They are not compared: each version of Chromium draws letters
// in its own way.
func TestPictures(t *testing.T) {
	folder := os.Getenv("LIFTOFF_PICTURES")
	if folder == "" {
		t.Skip("takes pictures: run make docs-pictures")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	u := fill(t, pgtest.NewDatabase(t))
	d := serve(t, u)
	for _, picture := range []struct {
		name, address string
		view          view
		height        int64
	}{
		{"overview-light", d.url, light, 1500},
		{"launch-dark", d.url + "/launches/" + movedID, dark, 1400},
		{"launches-light", d.url + "/launches?search=starlink&year=2020", light, 900},
		{"query-light", d.url + "/analytics/launches_per_year", light, 1000},
		{"overview-phone", d.url, phone, 1000},
		{"report-light", reportOf(t, u), light, 1200},
	} {
		b := open(t, picture.view)
		b.visit(picture.address)
		want(t, picture.name, b.complaints())
		content := smaller(t, b.capture(picture.view, picture.height))
		if len(content) > pictureLimit {
			t.Errorf("%s has %d bytes, more than %d", picture.name, len(content), pictureLimit)
		}
		if err := os.WriteFile(filepath.Join(folder, picture.name+".png"), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// smaller returns a PNG with the 256 colours that the picture has most of.
func smaller(t *testing.T, content []byte) []byte {
	t.Helper()
	picture, err := png.Decode(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	reduced := image.NewPaletted(picture.Bounds(), commonest(picture, 256))
	draw.Draw(reduced, reduced.Bounds(), picture, picture.Bounds().Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, reduced); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// commonest returns the colours that most pixels have. A page has few colours, which all
// stay; the shades of its letters are told apart by four bits for red, green and blue.
func commonest(picture image.Image, number int) color.Palette {
	count := map[color.RGBA]int{}
	bounds := picture.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[color.RGBAModel.Convert(picture.At(x, y)).(color.RGBA)]++
		}
	}
	colours := make([]color.RGBA, 0, len(count))
	for c := range count {
		colours = append(colours, c)
	}
	slices.SortFunc(colours, func(a, b color.RGBA) int {
		return cmp.Or(count[b]-count[a], cmp.Compare(packed(a), packed(b)))
	})
	palette, taken := color.Palette{}, map[uint32]bool{}
	for _, c := range colours {
		near := packed(c) & 0xf0f0f0
		if len(palette) < 64 || !taken[near] && len(palette) < number {
			taken[near] = true
			palette = append(palette, c)
		}
	}
	return palette
}

// packed returns red, green and blue as one number.
func packed(c color.RGBA) uint32 { return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B) }
