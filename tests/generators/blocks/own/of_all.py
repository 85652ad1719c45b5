"""Of all Markdown: code in lists, in quotations and between tags; signs of tables in a table."""

from tests.generators.blocks.own.written import own, seen
from tests.generators.truth import Table

BLOCKS = (
    own(
        """
1. First open it:

   ```bash
   tulip1 --open \\
     --wide
   ```

2. Then close it.
""",
        seen(
            "tulip1",
            "bash",
            """
tulip1 --open \\
  --wide
""",
        ),
    ),
    own(
        """
- one

  - two

    ```python
    def tulip2():
        return 2


    tulip2()
    ```
""",
        seen(
            "tulip2",
            "python",
            """
def tulip2():
    return 2


tulip2()
""",
        ),
    ),
    own(
        """
> As it was said:
>
> ```json
> { "tulip3": [] }
> ```
""",
        seen("tulip3", "json", '{ "tulip3": [] }'),
    ),
    own(
        """
| Sign | Meaning |
| --- | --- |
| `a \\| b` | tulip4, or |
| `\\|\\|` | or else |
""",
        Table(
            "tulip4",
            (
                "Sign",
                "Meaning",
            ),
            (
                (
                    "`a | b`",
                    "tulip4, or",
                ),
                (
                    "`||`",
                    "or else",
                ),
            ),
        ),
    ),
    own(
        """
~~~js
const tulip6 = `
```
`
~~~
""",
        seen(
            "tulip6",
            "javascript",
            """
const tulip6 = `
```
`
""",
        ),
    ),
)
