package fetch

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// ExpectEnd checks that nothing but white space follows the value that the
// decoder has read; the error is a Failure.
func ExpectEnd(decoder *jsontext.Decoder) error {
	_, err := decoder.ReadToken()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if _, isSyntax := errors.AsType[*jsontext.SyntacticError](err); err == nil || isSyntax {
		return Unusable("something follows the JSON document")
	}
	return err
}

// IsEnd reports whether err says that the text ended too early.
func IsEnd(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// SyntaxReason returns what is wrong with a JSON text, and where, on one line
// that is fit to be shown.
func SyntaxReason(err error) string {
	syntax, ok := errors.AsType[*jsontext.SyntacticError](err)
	if !ok {
		return OneLine(err.Error(), MaxReason)
	}
	reason := fmt.Sprintf("%v at byte %d", syntax.Err, syntax.ByteOffset)
	if syntax.JSONPointer != "" {
		reason = fmt.Sprintf("%v at %s, byte %d", syntax.Err, Place(syntax.JSONPointer), syntax.ByteOffset)
	}
	return OneLine(reason, MaxReason)
}

// Place returns a JSON pointer for messages, shortened when it is very long.
func Place(pointer jsontext.Pointer) string {
	return OneLine(string(pointer), 80)
}
