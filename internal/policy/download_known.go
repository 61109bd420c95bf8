package policy

// downloadVariables are what crates document for a file that their build script
// would fetch: the value of `env` in a `[[download]]`. Like known, it is only ever
// a proposal.
var downloadVariables = map[string]string{
	"utoipa-swagger-ui": "SWAGGER_UI_DOWNLOAD_URL=file://" + PathPlaceholder,
	"v8":                "RUSTY_V8_ARCHIVE",
}

// DownloadVariable proposes the `env` of a download for a crate; empty where none
// is known.
func DownloadVariable(crate string) string { return downloadVariables[crate] }
