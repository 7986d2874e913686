//! What the component imports and exports, pinned: whoever embeds it compiles against this.
//!
//! Versions of WASI are left out: they follow the toolchain, and hosts match them by the first
//! two numbers.

use std::fmt::Write as _;
use std::path::Path;

use scimlet_runtime::COMPONENT;
use wasmtime::Engine;
use wasmtime::component::types::{ComponentFunc, ComponentInstance, ComponentItem};
use wasmtime::component::{Component, ResourceType, Type};

/// The file that says what is expected.
const PINNED: &str = "tests/surface.txt";

#[test]
fn the_surface_of_the_component_is_the_pinned_one() {
    let actual = surface();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(PINNED);
    let pinned = std::fs::read_to_string(&file).unwrap_or_default();
    let fresh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("surface.txt");
    std::fs::write(&fresh, &actual).unwrap();
    assert!(
        actual == pinned,
        "the surface of the component has changed (- pinned, + now):\n{}\n\
         if that is meant, every embedder must hear of it: say so in CHANGELOG.md, then\n\
         cp {} {}",
        difference(&pinned, &actual),
        fresh.display(),
        file.display()
    );
}

/// Lines that are in one text only; both are short enough to be compared line by line.
fn difference(old: &str, new: &str) -> String {
    let mut out = String::new();
    for (mark, lines, other) in [('-', old, new), ('+', new, old)] {
        let is_missing = |line: &&str| !other.lines().any(|it| it == *line);
        for line in lines.lines().filter(is_missing) {
            writeln!(out, "{mark} {line}").unwrap();
        }
    }
    out
}

/// Every import and export, each function and type on a line.
fn surface() -> String {
    let engine = Engine::default();
    let component = Component::from_binary(&engine, COMPONENT).unwrap();
    let ty = component.component_type();
    let mut out = String::new();
    for (name, item) in ty.imports(&engine) {
        interface(&mut out, &engine, "import", name, &item.ty);
    }
    for (name, item) in ty.exports(&engine) {
        interface(&mut out, &engine, "export", name, &item.ty);
    }
    out
}

fn interface(out: &mut String, engine: &Engine, way: &str, name: &str, item: &ComponentItem) {
    let ComponentItem::ComponentInstance(instance) = item else {
        panic!("`{name}` is no interface");
    };
    let (is_ours, shown) = match name.split_once('@') {
        Some((interface, _)) if name.starts_with("wasi:") => (false, interface),
        _ => (true, name),
    };
    writeln!(out, "{way} {shown}").unwrap();
    if is_ours {
        let names = Names::of(instance, engine);
        for (name, item) in instance.exports(engine) {
            writeln!(out, "  {}", names.line(name, &item.ty)).unwrap();
        }
    }
}

/// What the types of an interface are called there.
struct Names {
    types: Vec<(String, Type)>,
    resources: Vec<(String, ResourceType)>,
}

impl Names {
    fn of(instance: &ComponentInstance, engine: &Engine) -> Self {
        let mut names = Self {
            types: Vec::new(),
            resources: Vec::new(),
        };
        for (name, item) in instance.exports(engine) {
            match item.ty {
                ComponentItem::Type(ty) => names.types.push((name.to_owned(), ty)),
                ComponentItem::Resource(ty) => names.resources.push((name.to_owned(), ty)),
                _ => {}
            }
        }
        names
    }

    fn line(&self, name: &str, item: &ComponentItem) -> String {
        match item {
            ComponentItem::ComponentFunc(func) => format!("{name}: {}", self.function(func)),
            ComponentItem::Type(ty) => format!("type {name} = {}", self.definition(ty)),
            ComponentItem::Resource(_) => format!("resource {name}"),
            _ => panic!("`{name}` is neither a function nor a type"),
        }
    }

    fn function(&self, func: &ComponentFunc) -> String {
        let params = func.params();
        let params: Vec<_> = params
            .map(|(name, ty)| format!("{name}: {}", self.named(&ty)))
            .collect();
        let results: Vec<_> = func.results().map(|ty| self.named(&ty)).collect();
        format!("func({}) -> {}", params.join(", "), results.join(", "))
    }

    /// A type by its name, if it has one here. Types of one shape share the first name.
    fn named(&self, ty: &Type) -> String {
        let known = self.types.iter().find(|(_, known)| known == ty);
        known.map_or_else(|| self.definition(ty), |(name, _)| name.clone())
    }

    fn resource(&self, ty: ResourceType) -> String {
        let known = self.resources.iter().find(|(_, known)| *known == ty);
        known.map_or("?", |(name, _)| name).to_owned()
    }

    fn definition(&self, ty: &Type) -> String {
        let of = |ty: Option<Type>| ty.map_or("_".to_owned(), |ty| self.named(&ty));
        match ty {
            Type::List(list) => format!("list<{}>", self.named(&list.ty())),
            Type::Option(option) => format!("option<{}>", self.named(&option.ty())),
            Type::Result(result) => format!("result<{}, {}>", of(result.ok()), of(result.err())),
            Type::Tuple(tuple) => {
                let types: Vec<_> = tuple.types().map(|ty| self.named(&ty)).collect();
                format!("tuple<{}>", types.join(", "))
            }
            Type::Record(record) => {
                let fields = record.fields();
                let field = |name, ty| format!("{name}: {}", self.named(&ty));
                let fields: Vec<_> = fields.map(|it| field(it.name, it.ty)).collect();
                format!("record {{ {} }}", fields.join(", "))
            }
            Type::Variant(variant) => {
                let case = |name, ty: Option<Type>| match ty {
                    Some(ty) => format!("{name}({})", self.named(&ty)),
                    None => name,
                };
                let cases = variant.cases();
                let cases: Vec<_> = cases.map(|it| case(it.name.to_owned(), it.ty)).collect();
                format!("variant {{ {} }}", cases.join(", "))
            }
            Type::Enum(names) => {
                let names: Vec<_> = names.names().collect();
                format!("enum {{ {} }}", names.join(", "))
            }
            Type::Own(resource) => self.resource(*resource),
            Type::Borrow(resource) => format!("borrow<{}>", self.resource(*resource)),
            plain => format!("{plain:?}").to_lowercase(),
        }
    }
}
