"""Of Docusaurus: marks over several lines, components and their attributes, boxes in boxes."""

from tests.generators.blocks.own.written import boxed, changed, own, seen
from tests.generators.truth import Group, Tabs, Words

BLOCKS = (
    own(
        """
```js
let aster1 = 1
// highlight-start
let b
let c
// highlight-end
```
""",
        seen(
            "aster1",
            "javascript",
            """
let aster1 = 1
let b
let c
""",
        ),
    ),
    own(
        """
```js
// remove-start
let a
let b
// remove-end
// add-start
let aster2
// add-end
let d
```
""",
        changed(
            "aster2",
            "javascript",
            """
-let a
-let b
+let aster2
 let d
""",
        ),
    ),
    own(
        """
```js showLineNumbers=42
let aster3 = 1
let b
```
""",
        seen(
            "aster3",
            "javascript",
            """
let aster3 = 1
let b
""",
        ),
    ),
    own(
        """
<CodeBlock language="jsx" title="/src/aster.js" showLineNumbers>
{`function aster4() {
return <b>1</b>
}`}
</CodeBlock>
""",
        seen(
            "aster4",
            "jsx",
            """
function aster4() {
return <b>1</b>
}
""",
            "/src/aster.js",
        ),
    ),
    own(
        """
<Tabs groupId="os" queryString>
<TabItem value="win" label="Windows" default>

On aster5a.

</TabItem>
<TabItem value="mac" label="macOS">

On aster5b.

</TabItem>
</Tabs>
""",
        Tabs(
            "aster5",
            (
                (
                    "Windows",
                    (Words("aster5a", "On aster5a."),),
                ),
                (
                    "macOS",
                    (Words("aster5b", "On aster5b."),),
                ),
            ),
        ),
    ),
    own(
        """
<Tabs defaultValue="npm" values={[{label: 'npm', value: 'npm'}, {label: 'Yarn', value: 'yarn'}]}>
<TabItem value="npm">

```bash
npm i aster6a
```

</TabItem>
<TabItem value="yarn">

```bash
yarn add aster6b
```

</TabItem>
</Tabs>
""",
        Group(
            "aster6",
            (
                (
                    "npm",
                    seen("aster6a", "bash", "npm i aster6a"),
                ),
                (
                    "Yarn",
                    seen("aster6b", "bash", "yarn add aster6b"),
                ),
            ),
        ),
    ),
    boxed(
        "aster7",
        """
::::info[Of aster7]

It is aster71.

:::danger

And hot.

:::

::::
""",
        "Of aster7",
        "It is aster71.",
    ),
    boxed(
        "aster8",
        """
:::tip[Use `aster8`]

It is aster81.

:::
""",
        "Use `aster8`",
        "It is aster81.",
    ),
    own(
        """
<details>
<summary>Which aster9?</summary>

<Tabs>
<TabItem value="a" label="A">

Of aster9a.

</TabItem>
<TabItem value="b" label="B">

Of aster9b.

</TabItem>
</Tabs>

</details>
""",
        Tabs(
            "aster9",
            (
                (
                    "A",
                    (Words("aster9a", "Of aster9a."),),
                ),
                (
                    "B",
                    (Words("aster9b", "Of aster9b."),),
                ),
            ),
        ),
    ),
    own(
        """
```jsx title="/src/aster.js" {2}
function aster10() {
  return <b>1</b>
}
```
""",
        seen(
            "aster10",
            "jsx",
            """
function aster10() {
  return <b>1</b>
}
""",
            "/src/aster.js",
        ),
    ),
)
