"""Code in languages that are interpreted, and in those of the web."""

from tests.generators.samples.sample import Sample

SAMPLES = (
    Sample("larder", "python", "jars/shelf.py", """
 import re
 from dataclasses import dataclass

 # NAME: a comment that begins a line
 @dataclass(frozen=True)
 class Jar:
     label: str
-    grams: int = 250
+    grams: int = 500
+    lid: str | None = None

     def __str__(self) -> str:
         if self.grams > 0:
             for word in re.findall(r"\\w+", self.label):
                 if word.startswith("a"):
                     return f"{{{word}}} weighs {self.grams:>8} & more"
         return "<empty>"
"""),
    Sample("pickle", "python", "pickles.py", '''
 def NAME(path, *, retries=3, **options):
     """Open a jar.

     Use `path` as it is, or ``"-"`` for what is read from the terminal:

         >>> NAME("-")
         <Jar '-'>
     """
-    with open(path) as jar:
+    with open(path, encoding="utf-8") as jar:
         return jar.read() % options
'''),
    Sample("crumb", "python", "", """
 NAME = 1
"""),
    Sample("brine", "javascript", "salt.js", """
 import { salt } from './salt.js'

 // NAME: the water first
 export async function brine(litres = 1) {
-  const grams = litres * 30
+  const grams = litres * 50
+  const label = `brine of ${litres} l: ${grams} g`
   if (!(await salt(grams))) {
     throw new Error(`no salt for \\`brine\\``)
   }

   return { label, grams, ratio: grams / 1000 && /[<>&]/.test(label) }
 }
"""),
    Sample("ladle", "typescript", "src/ladle.ts", """
 export interface Ladle<T extends object = {}> {
   readonly NAME: Map<string, Array<T>>
-  pour(into: T): void
+  pour<K extends keyof T>(into: T, key?: K): Promise<T[K]>
 }

 type Depth = `${number}cm` | 'shallow'
"""),
    Sample("skillet", "jsx", "Skillet.jsx", """
 import { useState } from 'react'

 export default function Skillet({ eggs }) {
   const [hot, setHot] = useState(false)
   return (
     <section className="NAME" style={{ padding: '1rem' }}>
-      <button onClick={() => setHot(true)}>Heat</button>
+      <button onClick={() => setHot(!hot)}>{hot ? 'Cool' : 'Heat'}</button>
       {eggs.map((egg) => (
         <Egg key={egg.id} {...egg} />
       ))}
     </section>
   )
 }
"""),
    Sample("griddle", "tsx", "app/griddle.tsx", """
 type Props = { rows: number; children?: React.ReactNode }

 export function Griddle<T,>({ rows, children }: Props) {
   // NAME
-  return <div>{children}</div>
+  return <div data-rows={rows}>{children ?? <em>empty &amp; cold</em>}</div>
 }
"""),
    Sample("whisk", "vue", "Whisk.vue", """
 <script setup lang="ts">
 import { ref } from 'vue'
-const speed = ref(1)
+const speed = ref<number>(3)
 </script>

 <template>
   <p class="NAME" @click="speed++">{{ speed }} of {{ 5 + 5 }}</p>
 </template>

 <style scoped>
 p { color: red; }
 </style>
"""),
    Sample("sieve", "svelte", "Sieve.svelte", """
 <script>
   let { holes = 12 } = $props();
   let doubled = $derived(holes * 2);
 </script>

 {#if doubled > 20}
   <p class="NAME">{doubled} holes</p>
 {:else}
   <p>none</p>
 {/if}
"""),
    Sample("kettle", "ruby", "kettle.rb", """
 class Kettle < Vessel
   attr_reader :NAME

   def boil!(to: 100)
-    heat(to)
+    heat(to) { |degrees| puts "#{degrees} °C" }
     self
   end
 end
"""),
    Sample("teapot", "php", "teapot.php", """
 <?php

 namespace Kitchen\\Pots;

 final class Teapot
 {
     public function pour(?string $NAME = null): static
     {
-        return $this->into['cup'];
+        return $this->into["{$NAME}s"] ?? new static();
     }
 }
"""),
    Sample("spatula", "lua", "", """
 local NAME = {}

 function NAME.turn(cake, times)
   -- as often as it takes
-  for i = 1, times do
+  for i = 1, times or 2 do
     cake[#cake + 1] = ("side %d"):format(i)
   end
 end
"""),
    Sample("ramekin", "sql", "ramekins.sql", """
 SELECT r.id, count(*) AS NAME
 FROM ramekins AS r
   LEFT JOIN ovens o ON o.id = r.oven_id
-WHERE r.size > 8
+WHERE r.size BETWEEN 8 AND 12
+  AND r.label <> 'it''s hot'
 GROUP BY r.id; -- one row each
"""),
    Sample("colander", "graphql", "", """
 # NAME
 query Drain($id: ID!, $last: Int = 10) {
   colander(id: $id) {
-    holes
+    holes(last: $last) @include(if: true)
   }
 }
"""),
)  # fmt: skip
