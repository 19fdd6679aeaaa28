"""Which picture shows what a paper is about? The first figure of its web version, found and made small."""
