package fetch

import (
	"context"
	"mime"
	"net/http"
	"strings"
)

// readAnswer hands a 200 answer to the call once all of it is there.
func (c *Client) readAnswer(ctx context.Context, call Call, response *http.Response, body *body) error {
	if f := c.checkContent(ctx, call, MediaType(response), body); f != nil {
		return f
	}
	if limit := c.options.MaxBodyBytes; response.ContentLength > limit {
		return tooLarge(limit) // None of it needs to be read to tell.
	}
	answer, err := body.readAll(response.ContentLength)
	if err == nil {
		err = call.Read(answer)
	}
	if err != nil {
		return body.explain(err)
	}
	return nil
}

// checkContent refuses an answer that is not JSON before anything decodes it,
// so that the error can name a maintenance page by its title.
func (c *Client) checkContent(ctx context.Context, call Call, mediaType string, body *body) *Failure {
	start := body.peek()
	if body.err != nil {
		return body.explain(body.err)
	}
	text := strings.TrimLeft(start, " \t\r\n")
	switch {
	case mediaType == "text/html" || strings.HasPrefix(text, "<"):
		return &Failure{reason: "the answer is not JSON" + htmlTitle(start), hint: contentHint, isTransient: true}
	case mediaType == "application/json":
		return nil
	case mediaType != "text/plain" && mediaType != "":
		return Unusable("the answer is of type %q, not JSON", OneLine(mediaType, 60))
	case !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") && strings.TrimSpace(text) != "null":
		return Unusable("the answer is text, not JSON: %s", OneLine(text, maxSnippet))
	}
	c.options.Logger.WarnContext(ctx, "The API sends its JSON as plain text; liftoff reads it anyway.",
		"url", call.URL, "content_type", mediaType)
	return nil
}

// MediaType returns an answer's Content-Type without its parameters, in lower
// case; "" when it has none.
func MediaType(response *http.Response) string {
	header := response.Header.Get("Content-Type")
	parsed, _, err := mime.ParseMediaType(header)
	if err != nil {
		return strings.ToLower(header)
	}
	return parsed
}
