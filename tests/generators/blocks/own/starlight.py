"""Of Starlight: folds, names of files in comments, words that are marked, components."""

from tests.generators.blocks.own.written import boxed, changed, own, said, seen
from tests.generators.truth import Code, Line, Tabs, Words

BLOCKS = (
    own(
        """
```js collapse={1-3}
import a from 'a'
import b from 'b'
import c from 'c'

use(clover1)
```
""",
        seen(
            "clover1",
            "javascript",
            """
import a from 'a'
import b from 'b'
import c from 'c'

use(clover1)
""",
        ),
    ),
    own(
        """
```js "clover2" ins="let"
let clover2 = 1
```
""",
        seen("clover2", "javascript", "let clover2 = 1"),
    ),
    own(
        """
```js
// src/clover.js
let clover3 = 1
```
""",
        seen("clover3", "javascript", "let clover3 = 1", "src/clover.js"),
    ),
    own(
        """
```bash title="Installing"
npm i clover4
```
""",
        seen("clover4", "bash", "npm i clover4", "Installing"),
    ),
    own(
        """
```js frame="none" wrap
let clover5 = 1
```
""",
        seen("clover5", "javascript", "let clover5 = 1"),
    ),
    own(
        """
<Code code={`let clover6 = 1
let b = {}`} lang="js" title="clover.js" mark={[1]} />
""",
        seen(
            "clover6",
            "javascript",
            """
let clover6 = 1
let b = {}
""",
            "clover.js",
        ),
    ),
    own(
        """
```diff lang="js"
+let clover7 = 2
-let clover7 = 1
 let b
```
""",
        changed(
            "clover7",
            "javascript",
            """
+let clover7 = 2
-let clover7 = 1
 let b
""",
        ),
    ),
    own(
        """
```ansi
\x1b[31mred clover8\x1b[0m done
```
""",
        seen("clover8", "ansi", "red clover8 done"),
    ),
    own(
        """
<Steps>

1. Install it:

   ```bash
   npm i clover9
   ```

2. Start it.

</Steps>
""",
        seen("clover9", "bash", "npm i clover9"),
    ),
    boxed(
        "clover10",
        '<Aside type="caution" title="Hot clover10">It burns clover101.</Aside>',
        "Hot clover10",
        "It burns clover101.",
    ),
    boxed(
        "clover11",
        '<Card title="About clover11" icon="star">It is clover111.</Card>',
        "About clover11",
        "It is clover111.",
    ),
    said(
        "clover12",
        """
<CardGrid><LinkCard title="Read on" href="/code/" description="More of clover12." /></CardGrid>
""",
        "More of clover12.",
    ),
    own(
        """
<Tabs syncKey="os">
<TabItem label="Linux" icon="linux">

On clover13a.

</TabItem>
<TabItem label="macOS" icon="apple">

On clover13b.

</TabItem>
</Tabs>
""",
        Tabs(
            "clover13",
            (
                (
                    "Linux",
                    (Words("clover13a", "On clover13a."),),
                ),
                (
                    "macOS",
                    (Words("clover13b", "On clover13b."),),
                ),
            ),
        ),
    ),
    own(
        """
```js startLineNumber=12 showLineNumbers {12}
let clover14 = 1
let b
```
""",
        seen(
            "clover14",
            "javascript",
            """
let clover14 = 1
let b
""",
        ),
    ),
    own(
        """
```ts twoslash
const hidden = 1
// ---cut---
const clover15 = hidden + 1
//    ^?
```
""",
        Code("clover15", "typescript", (Line("const clover15 = hidden + 1"),), twoslash=True),
    ),
    own(
        """
```ts {"1. First":1-2} {"2.":3}

let clover16 = 1
let b
```
""",
        seen(
            "clover16",
            "typescript",
            """
let clover16 = 1
let b
""",
        ),
    ),
)
