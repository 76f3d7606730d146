package replay

import "strconv"

// links appends the member links. All hosts end in .example, a domain that
// cannot exist.
func (l *launchWriter) links() {
	number := strconv.Itoa(l.i + 1)
	// Each kind of link has its own probability, as in the real data; upcoming
	// launches have almost no links.
	has := func(share int) bool {
		if !l.past {
			share /= 12
		}
		return l.dice.percent(share)
	}
	link := func(name string, share int, parts ...string) {
		there := has(share)
		l.name(name).optional(there, func() { l.plain(parts...) })
	}
	l.name("links").open('{')
	l.patch(has(99))
	l.name("reddit").open('{')
	const reddit = "https://reddit.synthetic.example/r/launches/comments/"
	link("campaign", 78, reddit, l.token(6), "/synthetic_", number, "_launch_campaign_thread/")
	link("launch", 86, reddit, l.token(6), "/synthetic_", number, "_official_launch_discussion_updates/")
	link("media", 46, reddit, l.token(6), "/synthetic_", number, "_media_thread_videos_images/")
	link("recovery", 50, reddit, l.token(6), "/fleet_updates_discussion_thread/")
	l.shut('}')
	l.flickr(has(72))
	link("presskit", 48, "https://content.synthetic.example/presskits/synthetic-", number, "-press-kit.pdf")
	l.webcast(has(99))
	l.article(has(75), number)
	link("wikipedia", 82, "https://encyclopedia.synthetic.example/wiki/Synthetic_", number)
	l.shut('}')
}

// article appends the link to an article. A correction adds or replaces it.
func (l *launchWriter) article(there bool, number string) {
	corrected, ending := l.u.editOf(l.i).article, ""
	if corrected > 0 {
		ending = "revision-" + strconv.Itoa(corrected) + "/"
	}
	l.name("article").optional(there || corrected > 0, func() {
		l.plain("https://news.synthetic.example/launches/synthetic-", number, "-reaches-the-orbit-it-was-made-up-for/", ending)
	})
}

func (l *launchWriter) patch(there bool) {
	l.name("patch").open('{')
	for _, size := range [...]string{"small", "large"} {
		l.name(size).optional(there, func() {
			l.plain("https://images.synthetic.example/", l.token(2), "/", l.token(2), "/", l.token(8), "_o.png")
		})
	}
	l.shut('}')
}

func (l *launchWriter) flickr(there bool) {
	photos := 0
	if there {
		photos = 1 + l.dice.below(10)
		if l.dice.percent(6) {
			photos += 11
		}
	}
	l.name("flickr").open('{')
	l.name("small").open('[')
	l.shut(']')
	l.name("original").open('[')
	for range photos {
		l.comma().plain("https://live.synthetic.example/65535/", l.token(11), "_", l.token(10), "_o.jpg")
	}
	l.shut(']')
	l.shut('}')
}

func (l *launchWriter) webcast(there bool) {
	video := l.token(11)
	l.name("webcast").optional(there, func() { l.plain("https://video.synthetic.example/", video) })
	l.name("youtube_id").optional(there, func() { l.plain(video) })
}

// token returns random letters and digits, at most 12.
func (l *launchWriter) token(length int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz012345"
	var token [12]byte
	bits := l.dice.next()
	for k := range length {
		token[k] = alphabet[bits&31]
		bits >>= 5
	}
	return string(token[:length])
}
