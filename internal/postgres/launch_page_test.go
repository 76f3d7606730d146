package postgres_test

import (
	"testing"

	"liftoff"
	"liftoff/internal/testkit/launchtest"
)

func TestLaunchPage_First(t *testing.T) {
	t.Parallel()
	store, db := openMigrated(t)
	if _, err := insert(t.Context(), store, launch("a", `{"name": "x%y", "date_utc": "2020-01-01T00:00:00.000Z"}`), launch("b", `{"date_utc": "2020-01-01T00:00:00.000Z"}`),
		launch("c", `{}`), launch("d", `{"upcoming": true, "rocket": "r"}`)); err != nil {
		t.Fatal(err)
	}
	launchtest.Refresh(t, db.DSN)
	request := liftoff.LaunchPageRequest{Limit: 1, CountUpTo: 3}
	got, ids := "", []liftoff.LaunchPage{}
	for {
		page, err := store.LaunchPage(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, page)
		got += page.Launches[0].ID
		if page.Older == nil {
			break
		}
		request.OlderThan = page.Older
	}
	request.OlderThan, request.NewerThan = nil, ids[len(ids)-1].Newer
	for request.NewerThan != nil {
		page, err := store.LaunchPage(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		got += page.Launches[0].ID
		request.NewerThan = page.Newer
	}
	if got != "badccdab"[0:4]+"cab" && got != "badc"+"dab" {
		t.Errorf("got %s, %+v", got, ids[0])
	}
	t.Log(got)
	v, err := store.DataVersion(t.Context())
	c, err2 := store.LaunchChoices(t.Context())
	a, err3 := store.Aggregates(t.Context())
	t.Logf("%+v %v %+v %v %+v %v", v, err, c, err2, a, err3)
}
