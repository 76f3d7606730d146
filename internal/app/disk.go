package app

import (
	"fmt"
	"os"
	"path/filepath"

	"liftoff"
)

// writtenFolders are the folders that a run writes to: the log's and, with
// the embedded server, the data's; each as the nearest one that exists.
func (c *checkup) writtenFolders() []string {
	var folders []string
	if c.app.Config.LogFile != "-" {
		folders = append(folders, filepath.Dir(c.app.Config.LogFile))
	}
	if c.dataFolder != "" {
		folders = append(folders, c.dataFolder)
	}
	for i, folder := range folders {
		folders[i] = nearestExisting(folder)
	}
	return folders
}

func nearestExisting(folder string) string {
	for {
		if _, err := os.Stat(folder); err == nil || folder == filepath.Dir(folder) {
			return folder
		}
		folder = filepath.Dir(folder)
	}
}

func diskError(folder string, err error) error {
	return liftoff.NewError(liftoff.Internal, fmt.Errorf("look at the disk of %s: %w", folder, err), "check that the folder can be read")
}
