using System.CommandLine;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Chorale.Hub;
using Chorale.Hub.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Chorale.Verbs;

/// <summary>
/// <c>chorale hub openapi</c>: the document of <c>/api/v2</c> as this program serves it, for who writes a client; and, for the build, whether a copy of it
/// is still what the program says.
/// </summary>
internal static class HubOpenApiVerb
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Create()
    {
        var command = new Command("openapi", "Print the OpenAPI document of /api/v2");
        var check = new Option<string?>("--check") { Description = "compare FILE with it instead; 1 where they differ", HelpName = "FILE" };
        command.Options.Add(check);
        command.SetAction(async (parsed, cancel) =>
        {
            var console = parsed.InvocationConfiguration;
            var document = await DocumentAsync(cancel);
            if (parsed.GetValue(check) is not { } path)
            {
                await console.Output.WriteAsync(document);
                return 0;
            }

            if (!File.Exists(path))
            {
                await console.Error.WriteLineAsync($"--check {path}: there is no such file");
                return 1;
            }

            if (Difference(await File.ReadAllLinesAsync(path, cancel), document.TrimEnd('\n').Split('\n')) is not var (line, has, says)) return 0;
            await console.Error.WriteLineAsync($"{path}({line}): error : the hub says '{says.Trim()}', this says '{has.Trim()}'; scripts/update-openapi writes it anew");
            return 1;
        });
        return command;
    }

    /// <summary>As a hub serves it, readable, ending with a line end.</summary>
    internal static async Task<string> DocumentAsync(CancellationToken cancel)
    {
        var folder = Directory.CreateTempSubdirectory("chorale-openapi-");
        try
        {
            await using var hub = await HubHost.StartAsync(
                new HubSettings { DataFolder = folder.FullName, Listen = [new ListenAddress(IPAddress.Loopback, 0)] }, TimeProvider.System, NullLoggerFactory.Instance, cancel);
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(hub.Addresses[0]) };
            return JsonNode.Parse(await http.GetStringAsync("/api/v2/openapi.json", cancel))!.ToJsonString(Readable) + "\n";
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static (int Line, string Has, string Says)? Difference(string[] has, string[] says)
    {
        for (var n = 0; n < Math.Max(has.Length, says.Length); n++)
        {
            var (one, other) = (n < has.Length ? has[n] : "", n < says.Length ? says[n] : "");
            if (one != other) return (n + 1, one, other);
        }

        return null;
    }
}
