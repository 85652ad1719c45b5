"""Code in languages that are compiled."""

from tests.generators.samples.sample import Sample

SAMPLES = (
    Sample("mortar", "go", "mortar.go", """
 package mortar

 import "fmt"

 // NAME grinds.
 func NAME[T any](in <-chan T, times int) (map[string]T, error) {
 \tfor i := range times {
-\t\tfmt.Println(i)
+\t\tif v, ok := <-in; ok {
+\t\t\tfmt.Printf("%d: %v\\n", i, v)
+\t\t}
 \t}

 \treturn nil, nil
 }
"""),
    Sample("pestle", "rust", "src/lib.rs", """
 use std::collections::HashMap;

 #[derive(Debug, Clone)]
 pub struct Pestle<'a, T: Into<String>> {
     NAME: &'a [T],
 }

 impl<'a, T: Into<String>> Pestle<'a, T> {
     pub fn press(&mut self) -> Result<HashMap<String, u8>, Box<dyn std::error::Error>> {
-        todo!()
+        let n: u8 = "7".parse()?;
+        Ok(HashMap::from([("press".into(), n)]))
     }
 }
"""),
    Sample("trencher", "java", "Trencher.java", """
 package org.example;

 /** NAME {@code List<String>}. */
 public record Trencher<T extends Comparable<T>>(List<? super T> rows) {
     @Override
     public String toString() {
-        return "rows";
+        return rows.stream().map(r -> "<" + r + ">").collect(joining("&"));
     }
 }
"""),
    Sample("cauldron", "c", "cauldron.c", """
 #include <stdio.h>
 #define NAME(x) ((x) << 2)

 int main(int argc, char **argv)
 {
 \tif (argc > 1 && argv[1][0] == '-')
-\t\treturn 1;
+\t\treturn NAME(argc) & 0xff;

 \tprintf("%s\\n", "hot");
 \treturn 0;
 }
"""),
    Sample("crucible", "cpp", "", """
 #include <vector>

 template <typename T>
 auto NAME(const std::vector<T>& in) -> decltype(in.front()) {
-    return in[0];
+    return in.empty() ? T{} : in.front();
 }
"""),
    Sample("thermos", "csharp", "Thermos.cs", """
 namespace Kitchen;

 public sealed class Thermos<T>(ILogger<T> log) where T : class
 {
     /// <summary>NAME</summary>
-    public int Litres => 1;
+    public int Litres { get; init; } = 2;

     public override string ToString() => $"{Litres:N2} l {{full}}";
 }
"""),
    Sample("saucer", "kotlin", "", """
 data class Saucer(val NAME: List<String?> = emptyList()) {
     fun show() = NAME.filterNotNull()
-        .joinToString()
+        .joinToString(prefix = "<", postfix = ">") { "${it.length}" }
 }
"""),
    Sample("platter", "swift", "", """
 struct Platter<Item: Hashable> {
     var NAME: [Item: Int] = [:]

-    func serve() {}
+    func serve() async throws -> some Sequence<Item> {
+        NAME.keys.filter { $0.hashValue > 0 }
+    }
 }
"""),
    Sample("caddy", "haskell", "", """
 module Caddy (NAME) where

 -- | Counts.
 NAME :: Ord k => [(k, v)] -> Map k [v]
-NAME = undefined
+NAME = foldr (\\(k, v) -> insertWith (<>) k [v]) mempty
"""),
)  # fmt: skip
