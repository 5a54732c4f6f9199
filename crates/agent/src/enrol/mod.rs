//! `kinescope-agent enrol`: gives this machine an identity at a server, by a one-time token.

mod request;

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use evidence::MachineKey;
use protocol::EnrolmentToken;
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P256_SHA256};
use recording::ChainValue;
use spool::ServerAddress;

use crate::identity::{self, Description, Enrolled};
use crate::{machine, settings};

/// A token file longer than this is none.
const MAX_TOKEN_FILE_BYTES: u64 = 4_096;

/// Flags of `kinescope-agent enrol`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "The token is made on the server and printed once. It is read from a file or from stdin, never \
    from an argument, which everybody on the machine could read.\n\nExamples:\n  \
    kinescope-agent enrol --server https://records.example:8443 --token-file /root/token\n  \
    kinescope-agent enrol --server https://records.example:8443 < /root/token"
)]
pub struct Arguments {
    /// The server
    #[arg(long, value_name = "https://HOST:PORT")]
    server: String,
    /// File with the token; `-` or nothing reads stdin
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Folder for identity, spool and last known policy
    #[arg(long = "state", alias = "state-folder", value_name = "FOLDER", env = "KINESCOPE_AGENT_STATE_FOLDER")]
    state_folder: Option<PathBuf>,
    /// Enrol although this machine is enrolled already; the old identity is lost
    #[arg(long)]
    again: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> ExitCode {
    match enrol(arguments) {
        Ok(description) => {
            println!("This machine is enrolled at {} as {}.", description.server, description.machine_id);
            println!("Start recording with: kinescope-agent run");
            if arguments.again {
                println!("An agent that runs already must be started again: it still has the former identity.");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("kinescope-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn enrol(arguments: &Arguments) -> anyhow::Result<Description> {
    let server: ServerAddress = arguments.server.parse()?;
    let state_folder = match &arguments.state_folder {
        Some(folder) => folder.clone(),
        None => settings::default_state_folder()?,
    };
    let folder = settings::identity_folder(&state_folder);
    if identity::exists(&folder) && !arguments.again {
        bail!("this machine is enrolled already ({}); use --again to enrol anew", folder.display());
    }
    let token = read_token(arguments)?;
    let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).context("cannot make a key")?;
    let signing_key = MachineKey::from_seed(rand::random());
    let request = request::EnrolRequest {
        token: token.secret().to_owned(),
        csr_pem: certificate_request(&key)?,
        signing_key: signing_key.public(),
        machine: request::Machine { name: machine::name(), os: machine::os(), machine_id: machine::os_machine_id() },
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let answer = runtime.block_on(request::send(&server, *token.server_certificate(), &request))?;
    let description = Description {
        server: arguments.server.clone(),
        machine_id: answer.machine_id,
        server_certificate: ChainValue(*token.server_certificate()).to_string(),
    };
    let enrolled = Enrolled {
        description: description.clone(),
        key_pem: key.serialize_pem(),
        certificate_pem: answer.certificate_pem,
        authority_pem: answer.ca_pem,
        signing_key,
    };
    identity::store(&folder, &enrolled)?;
    // What was stored is what will be used: a certificate that cannot be read shows now, not at the next start.
    identity::load(&folder).context("the server's answer cannot be used")?;
    Ok(description)
}

fn read_token(arguments: &Arguments) -> anyhow::Result<EnrolmentToken> {
    let mut text = String::new();
    match arguments.token_file.as_deref().filter(|path| path.as_os_str() != "-") {
        Some(path) => std::fs::File::open(path)
            .and_then(|file| file.take(MAX_TOKEN_FILE_BYTES).read_to_string(&mut text))
            .with_context(|| format!("cannot read the token from {}", path.display()))?,
        None => std::io::stdin()
            .take(MAX_TOKEN_FILE_BYTES)
            .read_to_string(&mut text)
            .context("cannot read the token from stdin")?,
    };
    text.parse().context("the token cannot be used")
}

/// The only thing about the key that leaves the machine.
pub fn certificate_request(key: &KeyPair) -> anyhow::Result<String> {
    let mut params = CertificateParams::new(Vec::<String>::new())?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, machine::name());
    params.serialize_request(key)?.pem().context("cannot make a request for a certificate")
}
