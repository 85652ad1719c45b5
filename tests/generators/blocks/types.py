"""Code whose types are shown in popups: TypeScript by twoslash."""

from tests.generators.truth import Code, Line, Mark


def _code(name: str, text: str) -> Code:
    """The first column is a line's mark."""
    rows = text.replace("NAME", name).removeprefix("\n").removesuffix("\n").split("\n")
    return Code(name, "typescript", tuple(_line(row) for row in rows), twoslash=True)


def _line(row: str) -> Line:
    mark: Mark = "!" if row[:1] == "!" else ""
    return Line(row[1:], mark)


TYPES = (
    _code("tonga", """
 const NAME = [1, 2, 3].map((n) => n * 2)
 console.log(NAME)
"""),
    _code("tongb", """
 interface Jar { lid: boolean }

 function NAME(jar: Jar): string {
   return jar.lid ? 'closed' : 'open'
 }

 NAME({ lid: true })
"""),
    _code("tongc", """
 const NAME = { a: 1, b: 'two' }
!//    ^?
 NAME.a.toFixed()
"""),
    _code("tongd", """
!// @errors: 2322
 const NAME: number = 'three'
 export { NAME }
"""),
    _code("tonge", """
 type NAME<T> = T extends Array<infer U> ? U : never

 /** What is in it. */
 export async function open<T>(jar: Promise<T[]>): Promise<NAME<T[]> | undefined> {
   const all = await jar
   return all.at(-1) as NAME<T[]> | undefined
 }
"""),
    _code("tongf", """
 const NAME = new Map<string, number>()
 NAME.set('a', 1)
!//   ^?
 for (const [key, value] of NAME) {
   console.log(`${key}: ${value}`)
 }
"""),
)  # fmt: skip
