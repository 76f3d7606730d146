package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is the one Chromium of this test binary, started by the first test that needs
// it. It is a package variable because the testing package has no other way to share it.
var browser shared

type shared struct {
	mutex  sync.Mutex
	ctx    context.Context
	cancel []context.CancelFunc
}

// start returns the context of the running browser.
func (s *shared) start(t testing.TB) context.Context {
	t.Helper()
	path := tool(t, "chromium", "chromium-browser", "google-chrome")
	s.mutex.Lock()
	defer s.mutex.Unlock()
	if s.ctx != nil {
		return s.ctx
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"), chromedp.Flag("lang", "en-GB"))
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(allocator)
	s.cancel = []context.CancelFunc{cancel, cancelAllocator}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	s.ctx = ctx
	return ctx
}

func (s *shared) close() {
	for _, cancel := range s.cancel {
		cancel()
	}
}

// view is how a page is looked at.
type view struct {
	name          string
	width, height int64
	scale         float64
	isDark        bool
	isTouch       bool
	noScripts     bool
}

var (
	light  = view{name: "light", width: 1280, height: 800, scale: 1}
	dark   = view{name: "dark", width: 1280, height: 800, scale: 1, isDark: true}
	phone  = view{name: "phone", width: 390, height: 844, scale: 2, isTouch: true}
	narrow = view{name: "narrow", width: 360, height: 740, scale: 1}
)

// tab is one tab in a browser session of its own. Its methods fail the test.
type tab struct {
	t   testing.TB
	ctx context.Context

	mutex sync.Mutex
	// problems is what the browser has complained of since the last clear.
	problems []string
	// asked are the addresses that were asked for, and dialogs what popped up.
	asked   []string
	dialogs []string
	status  int64
	at      string
}

// open opens a tab, which is closed after the test.
func open(t testing.TB, v view) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser.start(t), chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	// The first action makes the tab, which ends with the action's context.
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	call(b, page.Enable, page.EnableParams{})
	call(b, audits.Enable, cdp.Empty{})
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	b.look(v)
	return b
}

// look changes how the tab looks at pages.
func (b *tab) look(v view) {
	b.t.Helper()
	scheme := "light"
	if v.isDark {
		scheme = "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: v.width, Height: v.height, DeviceScaleFactor: v.scale, Mobile: v.isTouch})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: v.noScripts})
}

// run runs actions in the tab.
func (b *tab) run(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("at %s: %v", b.at, err)
	}
}

// call calls a command of the browser's protocol.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) R {
	b.t.Helper()
	result, err := chromedp.Call(b.ctx, command, params)
	if err != nil {
		b.t.Fatalf("at %s: %s: %v", b.at, command.Method, err)
	}
	return result
}

// hear keeps what the browser reports.
func (b *tab) hear(event any) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.problems = append(b.problems, fmt.Sprintf("console.%s is called", e.Type))
	case *runtime.EventExceptionThrown:
		b.problems = append(b.problems, "a script fails: "+e.ExceptionDetails.Text)
	case *log.EventEntryAdded:
		// That a page answers 404 is what its test is about.
		if e.Entry.Source != log.EntrySourceNetwork || e.Entry.URL != b.at {
			b.problems = append(b.problems, fmt.Sprintf("the console says: %s %s", e.Entry.Text, e.Entry.URL))
		}
	case *audits.EventIssueAdded:
		details, _ := json.Marshal(e.Issue.Details)
		b.problems = append(b.problems, fmt.Sprintf("issue %s: %s", e.Issue.Code, details))
	case *page.EventJavascriptDialogOpening:
		b.dialogs = append(b.dialogs, e.Message)
		go func() { _, _ = chromedp.Call(b.ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{}) }()
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			b.status = e.Response.Status
		} else if e.Response.Status >= 400 {
			b.problems = append(b.problems, fmt.Sprintf("%s answers %d", e.Response.URL, e.Response.Status))
		}
	}
}

// visit opens an address, and waits until its fonts are there.
func (b *tab) visit(address string) {
	b.t.Helper()
	b.mutex.Lock()
	b.problems, b.asked, b.dialogs, b.status, b.at = nil, nil, nil, 0, address
	b.mutex.Unlock()
	b.run(chromedp.Navigate(address))
	b.settle()
}

// settle waits until the page is drawn.
func (b *tab) settle() {
	b.t.Helper()
	const drawn = `document.fonts.ready.then(() => document.readyState)`
	eventuallyTrue(b, drawn, "complete")
}

// eventuallyTrue waits until an expression, or what it promises, has a value. A click may
// have begun to replace the page that it is asked of.
func eventuallyTrue(b *tab, expression, want string) {
	b.t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression, chromedp.EvalAwaitPromise))
		if err == nil && got == want {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("at %s: %s is %q, %v; want %q", b.at, expression, got, err, want)
		}
		<-time.After(10 * time.Millisecond)
	}
}

// evaluate returns the value of an expression, or of what it promises. The policy of the
// page does not apply to it.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	value, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("at %s: %.300s: %v", b.at, expression, err)
	}
	return value
}

// complaints returns what is wrong with the page as the browser saw it: what the console
// says, what the policy stopped, what popped up, and requests to other hosts.
func (b *tab) complaints() []string {
	b.t.Helper()
	evaluate[bool](b, "true") // what happened before has been heard
	b.mutex.Lock()
	defer b.mutex.Unlock()
	found := append([]string{}, b.problems...)
	for _, text := range b.dialogs {
		found = append(found, "a dialog says: "+text)
	}
	own, err := url.Parse(b.at)
	if err != nil {
		b.t.Fatal(err)
	}
	for _, address := range b.asked {
		if u, err := url.Parse(address); err != nil || u.Scheme != "data" && u.Host != own.Host {
			found = append(found, "another host is asked: "+address)
		}
	}
	return found
}

// answered returns the status of the page.
func (b *tab) answered() int64 {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.status
}

// location returns the address without the host.
func (b *tab) location() string {
	b.t.Helper()
	return evaluate[string](b, "location.pathname + location.search")
}

// text returns the text of the page as a reader sees it.
func (b *tab) text() string {
	b.t.Helper()
	return evaluate[string](b, "document.body.innerText")
}

// wantText wants that the page says something.
func (b *tab) wantText(parts ...string) {
	b.t.Helper()
	text := b.text()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			b.t.Errorf("%s does not say %q:\n%.2000s", b.location(), part, text)
		}
	}
}
