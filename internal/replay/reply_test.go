package replay_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"

	"liftoff/internal/replay"
)

func TestEtag_IsLengthAndHashOfTheBody(t *testing.T) {
	response := call(t, synthetic(t), "GET", "/v4/launches/latest", "")
	body := bodyOf(t, response)
	sum := sha1.Sum(body)
	want := fmt.Sprintf(`"%x-%s"`, len(body), base64.StdEncoding.EncodeToString(sum[:])[:27])
	diff(t, "etag", want, response.Header.Get("Etag"))
	diff(t, "length", int64(len(body)), response.ContentLength)
}

func TestConditionalGet(t *testing.T) {
	server := synthetic(t)
	tag := call(t, server, "GET", "/v4/launches", "").Header.Get("Etag")
	tests := []struct {
		name, method, header string
		status               int
	}{
		{"the same tag", "GET", tag, 304},
		{"weakened on the way", "GET", "W/" + tag, 304},
		{"one of several", "GET", `"x", ` + tag, 304},
		{"any", "GET", "*", 304},
		{"HEAD", "HEAD", tag, 304},
		{"another tag", "GET", `"x"`, 200},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response := call(t, server, test.method, "/v4/launches", "", "If-None-Match", test.header)
			diff(t, "status", test.status, response.StatusCode)
			if test.status == http.StatusNotModified {
				diff(t, "body", 0, len(bodyOf(t, response)))
				diff(t, "etag", tag, response.Header.Get("Etag"))
				diff(t, "content type", "", response.Header.Get("Content-Type"))
			}
		})
	}
	post := call(t, server, "POST", "/v4/launches/query", "{}", "If-None-Match", "*")
	diff(t, "a query is never 304", http.StatusOK, post.StatusCode)
}

func TestGzip_KeepsBodyAndStrongTag(t *testing.T) {
	server := synthetic(t)
	for _, path := range []string{"/v4/launches", "/v4/launches/latest", "/v4/rockets"} {
		plain := call(t, server, "GET", path, "")
		packed := call(t, server, "GET", path, "", "Accept-Encoding", "deflate, gzip;q=0.5")
		diff(t, "encoding", "gzip", packed.Header.Get("Content-Encoding"))
		diff(t, "etag", plain.Header.Get("Etag"), packed.Header.Get("Etag"))
		reader, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		unpacked, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		sameBytes(t, path, bodyOf(t, plain), unpacked)
		if packed.ContentLength >= int64(len(unpacked)) {
			t.Errorf("%s: %d bytes packed, %d unpacked", path, packed.ContentLength, len(unpacked))
		}
	}
	refused := call(t, server, "GET", "/v4/launches", "", "Accept-Encoding", "gzip;q=0, identity")
	diff(t, "gzip;q=0", "", refused.Header.Get("Content-Encoding"))
}

func TestGzip_WeakensTheTagOfASmallBody(t *testing.T) {
	const query = `{"query":{"name":"none"}}`
	plain := call(t, synthetic(t), "POST", "/v4/launches/query", query)
	packed := call(t, synthetic(t), "POST", "/v4/launches/query", query, "Accept-Encoding", "gzip")
	diff(t, "tag", "W/"+plain.Header.Get("Etag"), packed.Header.Get("Etag"))
	diff(t, "vary", "Origin", packed.Header.Get("Vary"))
}

func TestHead_HasTheHeadersOfGet(t *testing.T) {
	server := synthetic(t)
	get, head := call(t, server, "GET", "/v4/launches", ""), call(t, server, "HEAD", "/v4/launches", "")
	diff(t, "etag", get.Header.Get("Etag"), head.Header.Get("Etag"))
	diff(t, "length", get.ContentLength, head.ContentLength)
	diff(t, "body", 0, len(bodyOf(t, head)))
}

func TestLongBody_IsStreamedWithoutTag(t *testing.T) {
	server := newServer(t, replay.Options{Count: 4200, Seed: 1})
	plain := call(t, server, "GET", "/v4/launches", "")
	body := bodyOf(t, plain)
	if len(body) < 8<<20 {
		t.Fatalf("%d bytes are too few for this test", len(body))
	}
	diff(t, "etag", "", plain.Header.Get("Etag"))
	var pages [][]byte
	for offset := 0; offset < 4200; offset += 700 {
		query := fmt.Sprintf(`{"options":{"limit":700,"offset":%d,"sort":{"_id":"asc"}}}`, offset)
		rest, _ := bytes.CutPrefix(post(t, server, "/v4/launches/query", query), []byte(`{"docs":[`))
		docs, _, _ := bytes.Cut(rest, []byte(`],"totalDocs"`))
		pages = append(pages, docs)
	}
	sameBytes(t, "page by page", body, list(pages))

	packed := call(t, server, "GET", "/v4/launches", "", "Accept-Encoding", "gzip", "If-None-Match", "*")
	diff(t, "status", http.StatusOK, packed.StatusCode)
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil || !bytes.Equal(body, unpacked) {
		t.Errorf("unpacked differs, error %v", err)
	}
	head := call(t, server, "HEAD", "/v4/launches", "")
	diff(t, "HEAD", 0, len(bodyOf(t, head)))
	all := post(t, server, "/v4/launches/query", `{"options":{"limit":5000}}`)
	if !bytes.HasPrefix(all, append([]byte(`{"docs":`), body...)) {
		t.Error("all in an envelope differ from the list")
	}
}

func TestAcceptEncoding(t *testing.T) {
	server := synthetic(t)
	tests := []struct {
		header string
		packed bool
	}{
		{"", false},
		{"gzip", true},
		{"GZIP", true},
		{"br, gzip", true},
		{"gzip;q=1.0,deflate;q=0.6,identity;q=0.3", true},
		{"gzip; q=0.001", true},
		{"gzip;q=0", false},
		{"gzip; q=0.000", false},
		{"deflate, br", false},
		{"x-gzip", false},
	}
	for _, test := range tests {
		t.Run(test.header, func(t *testing.T) {
			response := call(t, server, http.MethodGet, "/v4/launches/latest", "", "Accept-Encoding", test.header)
			diff(t, "packed", test.packed, response.Header.Get("Content-Encoding") == "gzip")
			diff(t, "vary", "Accept-Encoding, Origin", response.Header.Get("Vary"))
		})
	}
}

// TestLongPage_HasALengthAndNoTag states how a page goes out that is too long
// to be kept for an Etag, which no client could use.
func TestLongPage_HasALengthAndNoTag(t *testing.T) {
	const query = `{"query":{},"options":{"sort":{"_id":"asc"},"offset":100,"limit":500}}`
	opts := replay.Options{Count: 1000, Seed: 1}
	server := newServer(t, opts)
	plain := call(t, server, http.MethodPost, "/v4/launches/query", query)
	body := bodyOf(t, plain)
	diff(t, "etag", "", plain.Header.Get("Etag"))
	diff(t, "length", int64(len(body)), plain.ContentLength)
	diff(t, "launches", 500, len(idsOf(t, decode[page](t, body).Docs)))
	packed := call(t, server, http.MethodPost, "/v4/launches/query", query, "Accept-Encoding", "gzip")
	diff(t, "packed length", int64(-1), packed.ContentLength)
	reader, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	sameBytes(t, "unpacked", body, unpacked)
	short := call(t, server, http.MethodPost, "/v4/launches/query", `{"options":{"limit":100}}`)
	if short.Header.Get("Etag") == "" {
		t.Error("a short page lacks its tag")
	}
}

func TestUncompressed_WhateverTheClientAccepts(t *testing.T) {
	plain, packing := newServer(t, replay.Options{Seed: 1, Uncompressed: true}), synthetic(t)
	for _, path := range []string{"/v4/launches", "/v4/rockets"} {
		response := call(t, plain, http.MethodGet, path, "", "Accept-Encoding", "gzip")
		diff(t, "encoding of "+path, "", response.Header.Get("Content-Encoding"))
		sameBytes(t, path, get(t, packing, path), bodyOf(t, response))
	}
	long := newServer(t, replay.Options{Count: 5000, Seed: 1, Uncompressed: true})
	response := call(t, long, http.MethodGet, "/v4/launches", "", "Accept-Encoding", "gzip")
	diff(t, "encoding of a long list", "", response.Header.Get("Content-Encoding"))
	diff(t, "launches", 5000, bytes.Count(bodyOf(t, response), []byte(`"flight_number":`)))
}

// TestConditionalHead asks whether a list has changed, as an incremental
// reader does before it fetches anything.
func TestConditionalHead(t *testing.T) {
	server := newServer(t, replay.Options{Count: 1000, Seed: 1})
	ask := func(tag string) *http.Response {
		return call(t, server, http.MethodHead, "/v4/launches", "", "If-None-Match", tag)
	}
	tag := ask("").Header.Get("Etag")
	if tag == "" {
		t.Fatal("a list of 1,000 launches has no tag")
	}
	diff(t, "unchanged", http.StatusNotModified, ask(tag).StatusCode)
	if err := server.SetRevision(1); err != nil {
		t.Fatal(err)
	}
	changed := ask(tag)
	diff(t, "changed", http.StatusOK, changed.StatusCode)
	diff(t, "changed, with its new tag", http.StatusNotModified, ask(changed.Header.Get("Etag")).StatusCode)

	long := newServer(t, replay.Options{Count: 4090, Seed: 1})
	response := call(t, long, http.MethodHead, "/v4/launches", "", "If-None-Match", "*")
	diff(t, "too long for a tag", http.StatusOK, response.StatusCode)
	diff(t, "no tag", "", response.Header.Get("Etag"))
	diff(t, "body", 0, len(bodyOf(t, response)))
}
