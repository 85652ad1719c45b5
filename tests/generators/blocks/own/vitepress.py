"""Of VitePress: focus, errors and warnings, first numbers, what is cut, groups in lists and boxes."""

from tests.generators.blocks.own.written import boxed, changed, own, seen
from tests.generators.truth import Code, Group, Line

BLOCKS = (
    own(
        """
```js
const poppy1 = 1 // [!code focus]
const b = 2
```
""",
        seen(
            "poppy1",
            "javascript",
            """
const poppy1 = 1
const b = 2
""",
        ),
    ),
    own(
        """
```js
const poppy2 = 1
throw poppy2 // [!code error]
warn() // [!code warning]
```
""",
        seen(
            "poppy2",
            "javascript",
            """
const poppy2 = 1
throw poppy2
warn()
""",
        ),
    ),
    own(
        """
```ts:line-numbers=12 {1}
const poppy4 = 1
let b = 2
```
""",
        seen(
            "poppy4",
            "typescript",
            """
const poppy4 = 1
let b = 2
""",
        ),
    ),
    own(
        """
```ts
a() // [!code --:2]
b()
poppy5() // [!code ++]
```
""",
        changed(
            "poppy5",
            "typescript",
            """
-a()
-b()
+poppy5()
""",
        ),
    ),
    own(
        """
```ts
poppy6() // [!code hl]
b() // [!code ++]
```
""",
        changed(
            "poppy6",
            "typescript",
            """
 poppy6()
+b()
""",
        ),
    ),
    boxed(
        "poppy7",
        """
> [!WARNING] Hot poppy7
> It burns poppy71.
""",
        "Hot poppy7",
        "It burns poppy71.",
    ),
    boxed(
        "poppy8",
        """
> [!TIP]
> Let poppy81 cool.
""",
        "",
        "Let poppy81 cool.",
    ),
    own(
        """
:::: tip

::: code-group

```sh [npm]
npm i poppy9a
```

```sh [yarn]
yarn add poppy9b
```

:::

::::
""",
        Group(
            "poppy9",
            (
                (
                    "npm",
                    seen("poppy9a", "bash", "npm i poppy9a"),
                ),
                (
                    "yarn",
                    seen("poppy9b", "bash", "yarn add poppy9b"),
                ),
            ),
        ),
    ),
    own(
        """
1. Install it

   ::: code-group

   ```sh [npm]
   npm i poppy10a
   ```

   ```sh [yarn]
   yarn add poppy10b
   ```

   :::
""",
        Group(
            "poppy10",
            (
                (
                    "npm",
                    seen("poppy10a", "bash", "npm i poppy10a"),
                ),
                (
                    "yarn",
                    seen("poppy10b", "bash", "yarn add poppy10b"),
                ),
            ),
        ),
    ),
    own(
        """
```ts twoslash
const hidden = 1
// ---cut---
const poppy11 = hidden + 1
//    ^?
```
""",
        Code("poppy11", "typescript", (Line("const poppy11 = hidden + 1"),), twoslash=True),
    ),
    own(
        """
```ts twoslash
// @log: It is poppy
const poppy12 = 1
```
""",
        Code("poppy12", "typescript", (Line("const poppy12 = 1"),), twoslash=True),
    ),
    own(
        """
```js [poppy.js]
const poppy14 = 1
```
""",
        seen("poppy14", "javascript", "const poppy14 = 1"),
    ),
    own(
        """
```ansi
\x1b[31mred poppy15\x1b[0m done
```
""",
        seen("poppy15", "", "red poppy15 done"),
    ),
    own(
        """
    indented poppy16
      more
""",
        seen(
            "poppy16",
            "",
            """
indented poppy16
  more
""",
        ),
    ),
)
