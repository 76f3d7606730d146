package embedded

import (
	"errors"
	"os"
	"runtime"

	"liftoff"
)

// archiveVersion is the PostgreSQL that is fetched when the machine has none.
// 18.6 is the newest release with archives for every platform below. Raise it
// together with the hashes, and only within the major version, to which users'
// data directories are bound.
const archiveVersion = "18.6"

// archiveMajor is the major version of archiveVersion.
const archiveMajor = 18

// minimumMajor is the oldest major version that is used: 17 brought the built-in
// locale provider, which sorts the same on every system.
const minimumMajor = 17

// pin is a known archive of archiveVersion.
type pin struct {
	// platform is in the words of the archive's publisher.
	platform string
	// sha256 is that of the .txz, which is the same in the .jar and alone.
	sha256 string
	// megabytes is the size of the download.
	megabytes int
}

// pins returns all archives that may be unpacked. The two for darwin are one
// universal archive. There is none for Alpine on arm64.
func pins() []pin {
	return []pin{
		{"linux-amd64", "63999c2914366d62c68e51794e597588c336e75ed2958d53c558e8deca5e13fc", 15},
		{"linux-amd64-alpine", "d9bba3fa653ad08f5e92303587451ed6d1ca4883afb377773630ae853d40121f", 15},
		{"linux-arm64v8", "2eb24d67326da41a81064d116b0bce412dff543c835d6fcc1c099e4abcf18836", 14},
		{"darwin-amd64", "f4db5df0b13e3e72149c0547ccd1eee177cfe67accb8c296e8d0e46ef3601f01", 71},
		{"darwin-arm64v8", "f4db5df0b13e3e72149c0547ccd1eee177cfe67accb8c296e8d0e46ef3601f01", 71},
	}
}

// ownPlatform names this machine in the words of the archive's publisher.
func ownPlatform() string {
	name := runtime.GOOS + "-" + runtime.GOARCH
	if runtime.GOARCH == "arm64" {
		name += "v8"
	}
	if _, err := os.Stat("/etc/alpine-release"); err == nil && runtime.GOOS == "linux" {
		name += "-alpine"
	}
	return name
}

// pinFor returns the archive for a platform.
func pinFor(platform string) (pin, error) {
	for _, p := range pins() {
		if p.platform == platform {
			return p, nil
		}
	}
	return pin{}, liftoff.NewError(liftoff.Usage,
		errors.New("there is no PostgreSQL "+archiveVersion+" archive for "+platform),
		"install PostgreSQL 17 or newer, or set POSTGRES_HOST to use another server")
}

// platformOf returns the first platform whose archive has the hash, or "".
func platformOf(sha256 string) string {
	for _, p := range pins() {
		if p.sha256 == sha256 {
			return p.platform
		}
	}
	return ""
}
