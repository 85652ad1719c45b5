"""Code groups and tabs."""

from tests.generators.truth import Block, Code, Group, Line, Tabs, Words


def _code(name: str, language: str, text: str) -> Code:
    return Code(name, language, tuple(map(Line, text.split("\n"))))


def _group(name: str, *tabs: tuple[str, str, str]) -> Group:
    return Group(
        name,
        tuple(
            (label, _code(f"{name}{at}", language, text.replace("NAME", f"{name}{at}")))
            for at, (label, language, text) in enumerate(tabs)
        ),
    )


def _installed(name: str, package: str) -> Group:
    return _group(
        name,
        ("npm", "bash", f"npm install {package} NAME"),
        ("pnpm", "bash", f"pnpm add {package} NAME"),
        ("yarn", "bash", f"yarn add {package} NAME"),
        ("bun", "bash", f"bun add {package} NAME"),
    )


GROUPS = (
    _installed("brewa", "vue"),
    _installed("brewb", "-D @types/node"),
    _installed("brewc", "react@^19"),
    _group(
        "brewd",
        ("config.js", "javascript", "/** @type {import('x').Config} */\nexport default {\n  name: 'NAME'\n}"),
        ("config.ts", "typescript", "import type { C } from 'x'\n\nexport default {\n  name: 'NAME'\n} satisfies C"),
    ),
    _group(
        "brewe",
        ("Python", "python", "import NAME\n\n# and a comment\nif NAME:\n    print(f'{NAME}')"),
        ("Go", "go", 'package main\n\nfunc main() {\n\tprintln("NAME")\n}'),
        ("Rust", "rust", 'fn main() {\n    println!("NAME");\n}'),
        (".NET", "csharp", 'Console.WriteLine("NAME");'),
    ),
    _group(
        "brewf",
        ("Linux", "bash", "sudo apt install NAME"),
        ("macOS", "bash", "brew install NAME"),
        ("Windows", "powershell", "winget install --id NAME"),
    ),
    _group(
        "brewg",
        ("Request", "bash", "curl https://example.org/NAME \\\n  -H 'Accept: application/json'"),
        ("Response", "json", '{\n  "name": "NAME",\n  "tags": []\n}'),
    ),
    _group(
        "brewh",
        ("src/App.vue", "vue", "<template>\n  <p>{{ NAME }}</p>\n</template>"),
        ("src/main.ts", "typescript", "import App from './App.vue'\n\nmount<App>(App, '#NAME')"),
        ("index.html", "html", '<div id="NAME"></div>'),
    ),
    _group(
        "brewi",
        ("Before", "python", "NAME = None"),
        ("After", "python", "NAME: int | None = None"),
    ),
    _group(
        "brewj",
        ("Sync", "python", "with open('NAME') as jar:\n    jar.read()\n"),
        ("Async", "python", "async with open('NAME') as jar:\n    await jar.read()\n"),
    ),
    _group(
        "brewk",
        ("YAML", "yaml", "name: NAME\nlids:\n  - round"),
        ("TOML", "toml", 'name = "NAME"\nlids = ["round"]'),
        ("JSON", "json", '{ "name": "NAME", "lids": ["round"] }'),
    ),
    _group(
        "brewl",
        ("Maven", "xml", "<dependency>\n  <artifactId>NAME</artifactId>\n</dependency>"),
        ("Gradle", "groovy", "implementation 'org.example:NAME:1.0'"),
    ),
)  # fmt: skip


def _tabs(name: str, *tabs: tuple[str, tuple[Block, ...]]) -> Tabs:
    return Tabs(name, tabs)


TABS = (
    _tabs(
        "crocka",
        ("Stable", (Words("crocka1", "Take crocka1, which is `1.0`, as it is."),)),
        ("Nightly", (Words("crocka2", "Build crocka2 from its sources, every night."),)),
    ),
    _tabs(
        "crockb",
        ("Docker", (
            Words("crockb1", "Start crockb1 in a container of its own:"),
            _code("crockb2", "bash", "docker run --rm -it \\\n  -p 80:80 crockb2"),
        )),
        ("Source", (
            Words("crockb3", "Clone crockb3, and build it:"),
            _code("crockb4", "bash", "git clone crockb4\ncd crockb4 && make"),
            Words("crockb5", "What crockb5 needs is made by `make deps`."),
        )),
    ),
    _tabs(
        "crockc",
        ("Vue", (_code("crockc1", "vue", "<crockc1 v-if=\"open\" />"), Words("crockc2", "No crockc2 is needed."))),
        ("React", (_code("crockc3", "jsx", "<Crockc3 open />"), Words("crockc4", "Import crockc4 by hand."))),
        ("Svelte", (_code("crockc5", "svelte", "{#if open}<crockc5 />{/if}"), Words("crockc6", "Use crockc6."))),
    ),
    _tabs(
        "crockd",
        ("A lid", (Words("crockd1", "The lid of crockd1 is round, and `None` is no lid."),)),
        ("No lid", (Words("crockd2", "Without a lid crockd2 dries."), Words("crockd3", "So does crockd3."))),
    ),
    _tabs(
        "crocke",
        ("Python 3.13", (_code("crocke1", "python", "import crocke1"),)),
        ("Python 3.12 and older", (
            Words("crocke2", "First install crocke2:"),
            _code("crocke3", "console", "$ pip install crocke3\nDone."),
        )),
    ),
    _tabs(
        "crockf",
        ("Server", (
            Words("crockf1", "On the server crockf1 is `await`ed."),
            _code("crockf2", "typescript", "await crockf2<Jar>()"),
        )),
        ("Client", (
            Words("crockf3", "In a browser crockf3 is a hook."),
            _code("crockf4", "typescript", "const { data } = crockf4.use()"),
        )),
    ),
)  # fmt: skip
