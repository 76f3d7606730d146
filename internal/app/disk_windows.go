package app

import "golang.org/x/sys/windows"

// freeBytes returns how much an ordinary user may still write at a folder.
func freeBytes(folder string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, diskError(folder, err)
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(path, &free, nil, nil); err != nil {
		return 0, diskError(folder, err)
	}
	return free, nil
}
