package spacex

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// readAnswer hands a 200 answer to the call once all of it is there.
func (c *Client) readAnswer(ctx context.Context, call call, response *http.Response, body *body) error {
	if f := c.checkContent(ctx, call, mediaType(response), body); f != nil {
		return f
	}
	if limit := c.options.MaxBodyBytes; response.ContentLength > limit {
		return tooLarge(limit) // None of it needs to be read to tell.
	}
	answer, err := body.readAll(response.ContentLength)
	if err == nil {
		err = call.read(answer)
	}
	if err != nil {
		return body.explain(err)
	}
	return nil
}

// checkContent refuses an answer that is no JSON before anything decodes it,
// so that a maintenance page is called by its name.
func (c *Client) checkContent(ctx context.Context, call call, mediaType string, body *body) *fault {
	start := body.peek()
	if body.err != nil {
		return body.explain(body.err)
	}
	text := strings.TrimLeft(start, " \t\r\n")
	switch {
	case mediaType == "text/html" || strings.HasPrefix(text, "<"):
		return &fault{reason: "the answer is no JSON" + htmlTitle(start), hint: contentHint, retry: true}
	case mediaType == "application/json":
		return nil
	case mediaType != "text/plain" && mediaType != "":
		return contentFault("the answer is of type %q, not JSON", oneLine(mediaType, 60))
	case !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") && strings.TrimSpace(text) != "null":
		return contentFault("the answer is text, not JSON: %s", oneLine(text, maxSnippet))
	}
	c.options.Logger.WarnContext(ctx, "The SpaceX API calls its JSON plain text; it is read all the same.",
		"url", call.url, "content_type", mediaType)
	return nil
}

// expectEnd checks that nothing but white space follows the value.
func expectEnd(decoder *jsontext.Decoder) error {
	_, err := decoder.ReadToken()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if _, isSyntax := errors.AsType[*jsontext.SyntacticError](err); err == nil || isSyntax {
		return contentFault("something follows the JSON document")
	}
	return err
}

// mediaType returns an answer's Content-Type without its parameters, in lower
// case; "" when it has none.
func mediaType(response *http.Response) string {
	header := response.Header.Get("Content-Type")
	parsed, _, err := mime.ParseMediaType(header)
	if err != nil {
		return strings.ToLower(header)
	}
	return parsed
}

// isEnd reports whether err says that the text ended too early.
func isEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// syntaxReason says what is wrong with a JSON text, and where.
func syntaxReason(err error) string {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return oneLine(err.Error(), maxReason)
	}
	reason := fmt.Sprintf("%v at byte %d", syntax.Err, syntax.ByteOffset)
	if syntax.JSONPointer != "" {
		reason = fmt.Sprintf("%v at %s, byte %d", syntax.Err, place(syntax.JSONPointer), syntax.ByteOffset)
	}
	return oneLine(reason, maxReason)
}

// place returns a JSON pointer, shortened when it is absurdly long.
func place(pointer jsontext.Pointer) string {
	return oneLine(string(pointer), 80)
}
