"""Code in languages of settings and of data."""

from tests.generators.samples.sample import Sample

SAMPLES = (
    Sample("cruet", "json", "package.json", """
 {
   "name": "NAME",
   "scripts": {
-    "build": "make"
+    "build": "make && echo \\"done\\"",
+    "serve": "serve --port $PORT"
   },
   "files": ["*.js", "<root>/**"],
   "empty": {}
 }
"""),
    Sample("ewer", "yaml", ".github/workflows/ewer.yml", """
 name: NAME
 on:
   push:
     branches: [main, 'v*']
 jobs:
   pour:
     runs-on: ubuntu-latest
     steps:
-      - uses: actions/checkout@v4
+      - uses: actions/checkout@v5
+        with: { fetch-depth: 0 }
       - run: |
           make test
           echo "${{ secrets.TOKEN }}"

       # what comes last
       - name: Pour
         if: ${{ github.ref == 'refs/heads/main' }}
"""),
    Sample("carafe", "toml", "pyproject.toml", """
 [project]
 name = "NAME" # short
-version = "1.0"
+version = "1.1"

 [[project.authors]]
 name = "A <a@example.org>"

 [tool.carafe]
 pour = { into = ["cup", "glass"], "at once" = true }
"""),
    Sample("flagon", "ini", "flagon.ini", """
 ; NAME
 [flagon]
 size=large
-lid=no
+lid=yes
 path=C:\\cellar\\%(size)s
"""),
    Sample("goblet", "dockerfile", "Dockerfile", """
 # NAME
-FROM python:3.11
+FROM python:3.13-slim AS build
 WORKDIR /app
 RUN apt-get update \\
     && apt-get install -y --no-install-recommends git \\
     && rm -rf /var/lib/apt/lists/*
 CMD ["python", "-m", "goblet"]
"""),
    Sample("beaker", "nginx", "", """
 server {
     listen 443 ssl; # NAME
-    server_name example.org;
+    server_name example.org www.example.org;
     location ~ ^/(?<name>[^/]+)/$ {
         proxy_pass http://$name$request_uri;
     }
 }
"""),
    Sample("tankard", "makefile", "Makefile", """
 .PHONY: NAME
 NAME: $(wildcard *.c)
-\tgcc -o $@ $<
+\tgcc -O2 -o $@ $^
 \t@echo "$$HOME is ready" # a tab begins it
"""),
    Sample("chalice", "http", "", """
 POST /v1/jars?lid=on HTTP/1.1
 Host: NAME.example.org
 Content-Type: application/json
 Authorization: Bearer <token>

 {"label": "plum", "grams": 250}
"""),
    Sample("decanter", "jsonc", "tsconfig.json", """
 {
   // NAME
   "compilerOptions": {
-    "strict": false,
+    "strict": true,
     "paths": { "@/*": ["./src/*"] } /* all of them */
   }
 }
"""),
)  # fmt: skip
