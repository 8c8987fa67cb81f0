using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Chorale.TestKit;

namespace Chorale.Bench.Ingest;

/// <summary>nginx storing what is PUT to it, on a loopback port of its own, with one worker per core. It syncs nothing.</summary>
internal sealed class NginxPeer : IDisposable
{
    private readonly Process _process;

    private NginxPeer(Process process, Uri address) => (_process, Address) = (process, address);

    public Uri Address { get; }

    /// <returns>Null where nginx is not installed.</returns>
    public static async Task<NginxPeer?> StartAsync(string folder)
    {
        const string program = "/usr/sbin/nginx";
        if (!File.Exists(program)) return null;
        Directory.CreateDirectory(folder);
        Directory.CreateDirectory(Path.Combine(folder, "files"));
        var port = FreePort();
        var config = Path.Combine(folder, "nginx.conf");
        await File.WriteAllTextAsync(config,
            $$"""
              daemon off; master_process on; user root; worker_processes {{Environment.ProcessorCount}}; pid {{folder}}/pid; error_log {{folder}}/error.log;
              events { worker_connections 512; }
              http {
                access_log off; client_max_body_size 10m; client_body_temp_path {{folder}}/temp; client_body_buffer_size 64k; keepalive_requests 1000000;
                server { listen 127.0.0.1:{{port}}; root {{folder}}/files; location / { dav_methods PUT; create_full_put_path on; } }
              }
              """);
        // The shell ends nginx when its standard input ends, which it does when this process does.
        var start = new ProcessStartInfo("sh", ["-c", $"{program} -p {folder} -c {config} </dev/null & server=$!; read -r _; kill -TERM $server; wait $server"])
        {
            RedirectStandardInput = true, RedirectStandardError = true,
        };
        var peer = new NginxPeer(Process.Start(start)!, new Uri($"http://127.0.0.1:{port}"));
        await Wait.Until("nginx listens", async () =>
        {
            try
            {
                using var socket = new TcpClient();
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        });
        return peer;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(5000);
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
