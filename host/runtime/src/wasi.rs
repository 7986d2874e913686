//! The world as a component sees it: nothing.
//!
//! Rust's std imports a good part of WASI whether a program uses it or not, so something must
//! stand there. Here a component finds no arguments, no environment, no files, a clock that
//! stands at zero, one fixed seed for hash tables, and an ear for what it says (stdout, stderr).
//! Every other function of WASI (sleep, sockets, real randomness) is a
//! trap. So no run can be told from another, and no call holds the host's thread.
//!
//! A seed that anybody can read lets a client choose colliding keys; the limit on guest time
//! bounds what that buys. Same request, same answer is worth more here.

use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, ComponentType, Lift, Linker, LinkerInstance, Lower, Resource, ResourceType,
};
use wasmtime::{Engine, Error, Result, StoreContextMut};

use crate::error::{FaultKind, StartError, Stop, chain};
use crate::meter::Meter;

/// What the host keeps beside an instance, as far as the world is concerned.
pub(crate) trait Witness: 'static {
    /// What the guest's calls are counted by.
    fn meter(&mut self) -> &mut Meter;
    /// The guest has written something.
    fn hear(&mut self, stream: Stream, bytes: &[u8]);
}

/// Where a guest may write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    Stdout,
    Stderr,
}

/// How much a guest may write at a time; any number that is not zero will do.
const WRITE_BYTES: u64 = 4096;

const STDOUT: u32 = 1;
const STDERR: u32 = 2;

/// An output stream.
enum Output {}

/// What a guest waits for before it writes: it is there already. The only `pollable` there is.
enum Ready {}

/// Every other resource of WASI: there never is one.
enum Nothing {}

#[derive(ComponentType, Lift, Lower)]
#[component(variant)]
enum StreamError {
    #[component(name = "last-operation-failed")]
    LastOperationFailed(Resource<Nothing>),
    #[component(name = "closed")]
    Closed,
}

#[derive(ComponentType, Lift, Lower)]
#[component(record)]
struct Datetime {
    seconds: u64,
    nanoseconds: u32,
}

type Handle = (Resource<Output>,);

/// Links what the component imports of WASI, each interface in the version that it names, and
/// refuses a component that imports what this host has never heard of. `ours` is what the host
/// offers besides: it is linked elsewhere.
pub(crate) fn link<T: Witness>(
    linker: &mut Linker<T>,
    engine: &Engine,
    component: &Component,
    ours: &[&str],
) -> Result<(), StartError> {
    for (import, item) in component.component_type().imports(engine) {
        let interface = interface_of(import);
        if ours.contains(&interface) {
            continue;
        }
        let unknown = || StartError::Import(import.to_owned());
        if !interface.starts_with("wasi:") {
            return Err(unknown());
        }
        let ComponentItem::ComponentInstance(instance) = item.ty else {
            return Err(unknown());
        };
        let mut linker = linker
            .instance(import)
            .map_err(|error| StartError::Link(chain(&error)))?;
        for (name, member) in instance.exports(engine) {
            define(&mut linker, interface, name, &member.ty)
                .map_err(|error| StartError::Link(chain(&error)))?;
        }
    }
    Ok(())
}

/// The name of an import without its version.
pub(crate) fn interface_of(import: &str) -> &str {
    import.split('@').next().unwrap_or(import)
}

fn define<T: Witness>(
    linker: &mut LinkerInstance<'_, T>,
    interface: &str,
    name: &str,
    item: &ComponentItem,
) -> Result<()> {
    match item {
        ComponentItem::Resource(_) => {
            let resource = match name {
                "output-stream" => ResourceType::host::<Output>(),
                "pollable" => ResourceType::host::<Ready>(),
                _ => ResourceType::host::<Nothing>(),
            };
            linker.resource(name, resource, |_, _| Ok(()))
        }
        ComponentItem::ComponentFunc(_) => define_function(linker, interface, name),
        // A type needs no definition; whatever else there is, the linker will miss.
        _ => Ok(()),
    }
}

/// The functions that do something.
fn define_function<T: Witness>(
    linker: &mut LinkerInstance<'_, T>,
    interface: &str,
    name: &str,
) -> Result<()> {
    match (interface, name) {
        ("wasi:cli/environment", "get-environment") => {
            linker.func_wrap(name, |_, (): ()| Ok((Vec::<(String, String)>::new(),)))
        }
        ("wasi:cli/environment", "get-arguments") => {
            linker.func_wrap(name, |_, (): ()| Ok((Vec::<String>::new(),)))
        }
        ("wasi:cli/stdout", "get-stdout") => {
            linker.func_wrap(name, |call, (): ()| stream(call, STDOUT))
        }
        ("wasi:cli/stderr", "get-stderr") => {
            linker.func_wrap(name, |call, (): ()| stream(call, STDERR))
        }
        (
            "wasi:cli/terminal-stdin" | "wasi:cli/terminal-stdout" | "wasi:cli/terminal-stderr",
            _,
        ) => linker.func_wrap(name, |_, (): ()| Ok((None::<Resource<Nothing>>,))),
        ("wasi:clocks/wall-clock", "now") => linker.func_wrap(name, |_, (): ()| {
            Ok((Datetime {
                seconds: 0,
                nanoseconds: 0,
            },))
        }),
        ("wasi:clocks/monotonic-clock", "now") => linker.func_wrap(name, |_, (): ()| Ok((0u64,))),
        ("wasi:filesystem/preopens", "get-directories") => linker.func_wrap(name, |_, (): ()| {
            Ok((Vec::<(Resource<Nothing>, String)>::new(),))
        }),
        ("wasi:random/insecure-seed", "insecure-seed") => {
            linker.func_wrap(name, |_, (): ()| Ok(((0u64, 0u64),)))
        }
        ("wasi:io/poll", "[method]pollable.block") => {
            linker.func_wrap(name, |_, _: (Resource<Ready>,)| Ok(()))
        }
        ("wasi:io/streams", _) => define_output(linker, interface, name),
        _ => forbid(linker, interface, name),
    }
}

fn define_output<T: Witness>(
    linker: &mut LinkerInstance<'_, T>,
    interface: &str,
    name: &str,
) -> Result<()> {
    match name {
        "[method]output-stream.check-write" => linker.func_wrap(name, |_, _: Handle| {
            Ok((Ok::<u64, StreamError>(WRITE_BYTES),))
        }),
        "[method]output-stream.subscribe" => linker.func_wrap(name, |mut call, _: Handle| {
            count(&mut call)?;
            Ok((Resource::<Ready>::new_own(0),))
        }),
        "[method]output-stream.write" | "[method]output-stream.blocking-write-and-flush" => {
            linker.func_wrap(name, write)
        }
        "[method]output-stream.flush" | "[method]output-stream.blocking-flush" => {
            linker.func_wrap(name, |_, _: Handle| Ok((Ok::<(), StreamError>(()),)))
        }
        _ => forbid(linker, interface, name),
    }
}

/// Everything else is a trap that says what was called.
fn forbid<T: Witness>(
    linker: &mut LinkerInstance<'_, T>,
    interface: &str,
    name: &str,
) -> Result<()> {
    let what = format!("`{interface}#{name}` is not for components");
    linker.func_new(name, move |_, _, _, _| {
        Err(Error::new(Stop(FaultKind::Forbidden)).context(what.clone()))
    })
}

fn stream<T: Witness>(mut call: StoreContextMut<'_, T>, which: u32) -> Result<Handle> {
    count(&mut call)?;
    Ok((Resource::new_own(which),))
}

fn write<T: Witness>(
    mut call: StoreContextMut<'_, T>,
    (stream, bytes): (Resource<Output>, Vec<u8>),
) -> Result<(Result<(), StreamError>,)> {
    count(&mut call)?;
    let stream = match stream.rep() {
        STDERR => Stream::Stderr,
        _ => Stream::Stdout,
    };
    call.data_mut().hear(stream, &bytes);
    Ok((Ok(()),))
}

/// Each handle and each line costs the host something, so they count as calls.
fn count<T: Witness>(call: &mut StoreContextMut<'_, T>) -> Result<(), Stop> {
    let meter = call.data_mut().meter();
    meter.pause()?;
    meter.resume();
    Ok(())
}
