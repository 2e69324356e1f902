// Package plain makes texts of strangers safe to show.
package plain

// Text returns the beginning of a text, of at most a number of bytes, in which each character that is not printable ASCII is
// a space.
func Text(text string, most int) string {
	shown := make([]byte, 0, min(len(text), most))
	for _, character := range text {
		if len(shown) == most {
			break
		}
		if character < ' ' || character > '~' {
			character = ' '
		}
		shown = append(shown, byte(character))
	}
	return string(shown)
}
