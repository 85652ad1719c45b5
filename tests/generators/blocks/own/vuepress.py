"""Of VuePress: first numbers, folds, tabs that are called active."""

from tests.generators.blocks.own.written import boxed, own, seen
from tests.generators.truth import Group

BLOCKS = (
    own(
        """
```ts:line-numbers=12 {1}
const daisy1 = 1
let b = 2
```
""",
        seen(
            "daisy1",
            "typescript",
            """
const daisy1 = 1
let b = 2
""",
        ),
    ),
    own(
        """
```ts:collapsed-lines=2
const daisy2 = 1
let b = 2
let c = 3
let d = 4
```
""",
        seen(
            "daisy2",
            "typescript",
            """
const daisy2 = 1
let b = 2
let c = 3
let d = 4
""",
        ),
    ),
    own(
        """
::: code-tabs#shell

@tab pnpm

```sh
pnpm add daisy3a
```

@tab:active npm

```sh
npm i daisy3b
```

:::
""",
        Group(
            "daisy3",
            (
                (
                    "pnpm",
                    seen("daisy3a", "bash", "pnpm add daisy3a"),
                ),
                (
                    "npm",
                    seen("daisy3b", "bash", "npm i daisy3b"),
                ),
            ),
        ),
    ),
    boxed(
        "daisy4",
        """
::: important Mind daisy4
It is daisy41.
:::
""",
        "Mind daisy4",
        "It is daisy41.",
    ),
    own(
        """
```ts {1,3}:no-line-numbers
const daisy5 = 1

let b = 2
```
""",
        seen(
            "daisy5",
            "typescript",
            """
const daisy5 = 1

let b = 2
""",
        ),
    ),
    own(
        """
    indented daisy6
      more
""",
        seen(
            "daisy6",
            "",
            """
indented daisy6
  more
""",
        ),
    ),
)
