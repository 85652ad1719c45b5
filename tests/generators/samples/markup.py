"""Code in languages of markup and of style."""

from tests.generators.samples.sample import Sample

SAMPLES = (
    Sample("trivet", "html", "public/index.html", """
 <!doctype html>
 <html lang="en">
   <head>
     <!-- NAME -->
     <meta charset="utf-8">
-    <title>Trivets</title>
+    <title>Trivets &amp; boards &lt;all&gt;</title>
   </head>
   <body>
     <p>{{ greeting }}, <b>you</b></p>
     <script>if (1 < 2 && 3 > 2) { alert("hot") }</script>
   </body>
 </html>
"""),
    Sample("doily", "css", "doily.css", """
 /* NAME */
 .doily::before,
 .doily > li:nth-child(2n + 1) {
-  content: "";
+  content: "\\2014";
   background: url("data:image/svg+xml;utf8,<svg/>");
 }

 @media (width >= 40rem) {
   #top { display: grid; }
 }
"""),
    Sample("apron", "scss", "", """
 $NAME: 2rem !default;

 @mixin apron($ties: 2) {
   &:hover { width: calc(100% - #{$NAME}); }
   @include pocket; // a comment
-  margin: 0;
+  margin: { top: 1px; bottom: 0 }
 }
"""),
    Sample("napkin", "xml", "pom.xml", """
 <?xml version="1.0" encoding="UTF-8"?>
 <project xmlns="http://maven.apache.org/POM/4.0.0">
   <artifactId>NAME</artifactId>
-  <version>1.0</version>
+  <version>1.1-SNAPSHOT</version>
   <description><![CDATA[fold & press <twice>]]></description>
   <dependency scope="test"/>
 </project>
"""),
    Sample("recipe", "markdown", "README.md", """
 # NAME

 - one
   - two *and* `three`
-- four
+- four, and [five](https://example.org/?a=1&b=2)

 ```js
 const inner = "a fence in a fence"
 ```

 | a | b |
 |---|---|
 | 1 | 2 |
"""),
    Sample("tureen", "latex", "", """
 % NAME
 \\begin{equation}
-  E = m c^2
+  E = \\sqrt{m^2 c^4 + p^2 c^2}
   % $x$ & $y$
 \\end{equation}
"""),
)  # fmt: skip
