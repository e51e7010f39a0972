//! The way out, and names of hosts.

use clap::Args;

use super::Failure;
use crate::model::RunRequest;
use crate::spec::network;

#[derive(Args, Debug)]
#[command(next_help_heading = "Network")]
pub(super) struct NetworkArgs {
    /// slirp4netns[:OPTIONS], none, host, container:NAME or ns:PATH [default: slirp4netns]
    #[arg(long, alias = "net", value_name = "MODE")]
    network: Option<String>,
    /// Add a line to /etc/hosts; host-gateway is the host
    #[arg(long, value_name = "NAME:IP")]
    add_host: Vec<String>,
    /// Name server; none leaves /etc/resolv.conf as the image has it
    #[arg(long, value_name = "IP")]
    dns: Vec<String>,
    /// Search domain; . for none
    #[arg(long, value_name = "DOMAIN")]
    dns_search: Vec<String>,
    /// Resolver option
    #[arg(long, alias = "dns-opt", value_name = "OPTION")]
    dns_option: Vec<String>,
    /// Leave /etc/hosts as the image has it
    #[arg(long)]
    no_hosts: Option<bool>,
}

impl NetworkArgs {
    pub fn fill(self, request: &mut RunRequest) -> Result<(), Failure> {
        let network = &mut request.network;
        network.mode = self.network.as_deref().map(network::parse).transpose()?.unwrap_or_default();
        for text in &self.add_host {
            network.add_hosts.push(network::parse_add_host(text)?);
        }
        (network.dns, network.dns_none) = network::parse_dns(&self.dns)?;
        for text in &self.dns_search {
            network.dns_search.push(network::parse_word("--dns-search", text)?);
        }
        for text in &self.dns_option {
            network.dns_options.push(network::parse_word("--dns-option", text)?);
        }
        network.no_hosts = self.no_hosts.unwrap_or(false);
        if network.no_hosts && !network.add_hosts.is_empty() {
            return Err(Failure::new("--no-hosts and --add-host cannot be set together"));
        }
        Ok(())
    }
}
