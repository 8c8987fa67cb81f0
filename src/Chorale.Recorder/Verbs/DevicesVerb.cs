using System.CommandLine;
using System.Text;
using System.Text.Json;
using Chorale.Audio.Capture.Devices;
using Spectre.Console;

namespace Chorale.Recorder.Verbs;

/// <summary><c>chorale devices</c>: every way to a microphone that this machine has. Exit code 1 when there is none.</summary>
public static class DevicesVerb
{
    public static Command Create()
    {
        var command = new Command("devices", "List the microphones that each back end sees, and what to write into the settings for each");
        var json = new Option<bool>("--json") { Description = "one JSON object instead of a table" };
        command.Options.Add(json);
        command.SetAction(parsed =>
        {
            var listing = DeviceCatalog.List();
            var output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(json)) output.WriteLine(ToJson(listing));
            else Write(listing, output);
            return listing.Devices.Count > 0 ? 0 : 1;
        });
        return command;
    }

    private static void Write(DeviceListing listing, TextWriter output)
    {
        if (listing.Devices.Count > 0)
        {
            var console = AnsiConsole.Console;
            if (Console.IsOutputRedirected) console.Profile.Width = 200;
            var table = new Table().Border(TableBorder.Simple).AddColumns("device", "name", "rates (Hz)", "channels", "always found as", "note");
            foreach (var d in listing.Devices)
            {
                table.AddRow(new[]
                {
                    d.Device, d.Name, string.Join(' ', d.RatesHz), string.Join(' ', d.Channels), d.StableDevice ?? "",
                    string.Join(", ", new[] { d.IsDefault ? "default" : null, d.IsUsb ? "USB" : null, d.Note }.Where(n => n is not null)),
                }.Select(t => new Text(t)));
            }

            console.Write(table);
        }
        else
        {
            output.WriteLine("No microphone: neither a sound card nor a sound server was found.");
        }

        foreach (var problem in listing.Problems) output.WriteLine(problem);
    }

    private static string ToJson(DeviceListing listing)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteStartArray("devices");
            foreach (var d in listing.Devices)
            {
                json.WriteStartObject();
                json.WriteString("back_end", d.BackEnd);
                json.WriteString("device", d.Device);
                json.WriteString("name", d.Name);
                json.WriteString("stable_device", d.StableDevice);
                if (d.Index is { } index) json.WriteNumber("index", index);
                json.WriteStartArray("rates_hz");
                foreach (var rate in d.RatesHz) json.WriteNumberValue(rate);
                json.WriteEndArray();
                json.WriteStartArray("channels");
                foreach (var channels in d.Channels) json.WriteNumberValue(channels);
                json.WriteEndArray();
                json.WriteStartArray("formats");
                foreach (var format in d.Formats) json.WriteStringValue(format.ToString());
                json.WriteEndArray();
                json.WriteBoolean("is_usb", d.IsUsb);
                json.WriteBoolean("is_default", d.IsDefault);
                json.WriteString("note", d.Note);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("problems");
            foreach (var problem in listing.Problems) json.WriteStringValue(problem);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
