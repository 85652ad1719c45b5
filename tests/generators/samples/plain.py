"""Terminals, their output, diffs, and what is in no language."""

from tests.generators.samples.sample import Sample

SAMPLES = (
    Sample("hob", "bash", "", """
 # NAME
 for f in *.txt; do
   if [[ -n "$f" && $(wc -l < "$f") -gt 3 ]]; then
-    cat $f
+    cat -- "${f%.txt}" 2>&1 | sed 's/&/\\&amp;/g' > /dev/null
   fi
 done
"""),
    Sample("oven", "bash", "terminal", """
 npm install --save-dev NAME@latest
"""),
    Sample("stove", "console", "", """
 $ pip install NAME
 Collecting NAME
   Downloading NAME-1.0-py3-none-any.whl (12 kB)

 $ NAME --version
 1.0
"""),
    Sample("grill", "pycon", "", """
 >>> from NAME import jar
 >>> for lid in jar:
 ...     print(lid)
 ...
 <Lid 1>
 >>> 1 + 1
 2
"""),
    Sample("smoker", "powershell", "", """
 # NAME
-Get-ChildItem
+Get-ChildItem -Path $env:HOME -Recurse | Where-Object { $_.Length -gt 1kb }
"""),
    Sample("rotisserie", "diff", "", """
 diff --git a/NAME.py b/NAME.py
 --- a/NAME.py
 +++ b/NAME.py
 @@ -1,3 +1,4 @@
  import os
 -print("old")
 +print("new")
 +print("<newer>")
  # the end
"""),
    Sample("tandoor", "diff", "", """
  "NAME": {
 -  "lid": false,
 +  "lid": true,
  }
"""),
    Sample("kiln", "", "", """
 NAME/
 ├── lids/
 │   ├── round.py
 │   └── square.py
 └── README.md
"""),
    Sample("hearth", "", "", """
 1
 2 NAME
   3   columns   of    text
   indented at first
 + begins with a plus
 - begins with a minus
 # begins with a hash
 > begins with an angle
 | a | table? |
"""),
    Sample("ember", "", "prompt.txt", """
 \ue0b0 ~/src/NAME \ue0a0 main \uf418 \ue0b1
 \uf115 jars \uf15b lid.txt
"""),
    Sample("ash", "javascript", "", """
 // Copy
 const NAME = 'copy'\x20\x20
 // Copied!

 // the one above has a space at its end
"""),
    Sample("soot", "bash", "", """
 curl -sS --fail --location --header 'Accept: application/vnd.example.v2+json' --header "Authorization: Bearer $TOKEN" --data '{"name":"NAME","tags":["a","b"],"nested":{"deep":{"deeper":true}}}' "https://api.example.org/v2/jars?page=1&per_page=100&sort=-created"
"""),  # noqa: E501
    Sample("flue", "", "", """
 Traceback (most recent call last):
   File "NAME.py", line 1, in <module>
     open("lid")
     ~~~~^^^^^^^
 FileNotFoundError: [Errno 2] No such file or directory: 'lid'
"""),
    Sample("poker", "typescript", "", """
                 const NAME = 1
         // less
     function deep() {
                                         return NAME
     }
"""),
    Sample("bellows", "", "", """
 {{ NAME }} and {% raw %}{{ it }}{% endraw %}
 <T> &lt;T&gt; &amp;amp; &nbsp; &#123;
 `one` ``two`` $three$ $$four$$ \\(five\\) \\[six\\]
 *seven* _eight_ ~nine~ ==ten== ^11^ :twelve: @13 !14
"""),
)  # fmt: skip
