//! TLS, with a certificate that signs itself.

use scimlet_tests::actor::Wire;
use scimlet_tests::raw::Raw;
use scimlet_tests::{World, private_world, server_binary};
use tempfile::TempDir;

struct Certificate {
    folder: TempDir,
    der: Vec<u8>,
}

fn certificate() -> Certificate {
    let names = ["localhost".to_owned(), "127.0.0.1".to_owned()];
    let signed = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cert.pem"), signed.cert.pem()).unwrap();
    std::fs::write(
        folder.path().join("key.pem"),
        signed.signing_key.serialize_pem(),
    )
    .unwrap();
    Certificate {
        folder,
        der: signed.cert.der().to_vec(),
    }
}

impl Certificate {
    fn file(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    fn world(&self) -> World {
        let options = [
            "--tls-cert",
            &self.file("cert.pem"),
            "--tls-key",
            &self.file("key.pem"),
        ];
        World::private_over(server_binary!(), &options, Wire::trusting(&self.der))
    }
}

#[test]
fn https_is_spoken_with_the_certificate_given() {
    let certificate = certificate();
    let world = certificate.world();
    let tenant = world.tenant("tls");
    let made = tenant.new_user("a");
    assert!(
        made.header("location")
            .unwrap()
            .starts_with("https://127.0.0.1:"),
        "{made:?}"
    );
    tenant
        .scim()
        .get(&format!("/Users/{}", made.id()))
        .expect(200);
}

#[test]
fn plain_http_is_not_spoken_where_tls_is() {
    let certificate = certificate();
    let world = certificate.world();
    let mut connection = Raw::connect(&world);
    connection.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let (said, _) = connection.until_closed();
    assert!(
        !said.starts_with(b"HTTP/1.1 2"),
        "{}",
        String::from_utf8_lossy(&said)
    );
    world
        .stranger(None)
        .send(scimlet_tests::Request::outside("GET", "/healthz"))
        .expect(200);
}

#[test]
fn a_certificate_without_its_key_is_wrong_usage_and_a_missing_file_is_refused() {
    let certificate = certificate();
    let world = private_world!();
    let cert = certificate.file("cert.pem");
    let none = certificate.file("none.pem");
    world
        .cli(&["serve", "--listen", "127.0.0.1:0", "--tls-cert", &cert])
        .wrong_usage();
    let files = ["--tls-cert", &cert, "--tls-key", &none];
    let cli = world.cli(&[&["serve", "--listen", "127.0.0.1:0"][..], &files].concat());
    assert_eq!(cli.status, 1, "{cli:?}");
    let swapped = ["--tls-cert", &cert, "--tls-key", &cert];
    let cli = world.cli(&[&["serve", "--listen", "127.0.0.1:0"][..], &swapped].concat());
    assert_eq!(cli.status, 1, "{cli:?}");
}
