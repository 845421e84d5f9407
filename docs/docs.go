// Package docs holds what is written for those who use the product, for the
// program to show.
package docs

import "embed"

// Files are the guide, guide.md, and pictures of the pages, screenshots/*.png,
// those of them that have been made.
//
//go:embed guide.md screenshots
var Files embed.FS
