//go:build unix

package embedded

import "context"

// Inspect returns what Start would find and use. It starts no server, downloads
// nothing and makes no file. Its error is the first one that Start would return;
// the Inspection is then filled in up to that point.
func Inspect(ctx context.Context, opts Options) (Inspection, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return Inspection{}, err
	}
	if err := checkEnvironment(opts); err != nil {
		return Inspection{}, err
	}
	h := home{opts.DataDir}
	found := Inspection{DataDir: h.data()}
	if err := h.checkNotForeign(); err != nil {
		return found, err
	}
	major, err := h.major()
	if err != nil {
		return found, err
	}
	a, err := chooseAccount(h.data())
	if err != nil {
		return found, err
	}
	chooser := chooser{opts, a}
	would, err := chooser.choose(ctx, major, chooser.cache().foresee)
	found.Origin, found.BinariesDir, found.Version = would.Origin, would.Dir, would.Version
	return found, err
}

// foresee returns what provide would, without unpacking or downloading.
func (c cache) foresee(_ context.Context, givenArchive string) (binaries, error) {
	want, err := pinFor(ownPlatform())
	if err != nil {
		return binaries{}, err
	}
	if givenArchive != "" {
		if _, err := readArchive(givenArchive, want); err != nil {
			return binaries{}, err
		}
	}
	if found, ok, err := c.binaries(want); ok || err != nil {
		return found, err
	}
	toCome := binaries{Version: archiveVersion, Origin: OriginArchive}
	if givenArchive == "" {
		if _, err := readArchive(c.archiveFile(want), want); err != nil {
			toCome.Origin = OriginNetwork
		}
	}
	return toCome, nil
}
