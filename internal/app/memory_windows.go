package app

// peakMemory returns 0: there is no simple question for it here.
func peakMemory() int64 { return 0 }
