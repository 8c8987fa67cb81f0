using System.Globalization;
using Chorale.Hub.Access;
using Chorale.Protocol.Chunks;

namespace Chorale.Hub.Api;

/// <summary>The text fields of an Ingest API upload, checked for form and against the device that sends them.</summary>
internal sealed class ChunkFields
{
    private readonly UploadForm _form;

    public ChunkFields(UploadForm form, Device device, TimeZoneInfo zone)
    {
        _form = form;
        PointId = Id(IngestParts.PointId);
        RegisterId = Id(IngestParts.RegisterId);
        var deviceId = Id(IngestParts.DeviceId);
        StartUs = Time(IngestParts.StartTs, zone);
        EndUs = Time(IngestParts.EndTs, zone);
        Codec = Text(IngestParts.Codec).ToLowerInvariant();
        Number(IngestParts.SampleRate);
        Number(IngestParts.Channels);
        if (form.File is null) Errors.Add(FieldError.Missing(IngestParts.ChunkFile));
        if (Errors.Count > 0) return;

        if (deviceId != device.DeviceId) Problem = "device_id does not match authenticated device";
        else if ((device.PointId ?? PointId) != PointId || (device.RegisterId ?? RegisterId) != RegisterId)
            Problem = "point_id or register_id does not match device registration";
        else if (EndUs <= StartUs) Problem = "end_ts must be after start_ts";
        else if (form.File!.Length == 0) Problem = "Empty file";
    }

    /// <summary>Missing or malformed fields.</summary>
    public List<FieldError> Errors { get; } = [];

    /// <summary>Well-formed, and wrong.</summary>
    public string? Problem { get; }

    public string PointId { get; }
    public string RegisterId { get; }
    public long StartUs { get; }
    public long EndUs { get; }
    public string Codec { get; }

    private string Text(string field)
    {
        if (_form.Fields.TryGetValue(field, out var text)) return text;
        Errors.Add(FieldError.Missing(field));
        return "";
    }

    private string Id(string field)
    {
        var text = Text(field);
        if (DeviceIds.TryNormalize(text, out var id)) return id;
        if (_form.Fields.ContainsKey(field)) Errors.Add(FieldError.Bad(field, "uuid_parsing", "Input should be a valid UUID", text));
        return "";
    }

    private long Time(string field, TimeZoneInfo zone)
    {
        var text = Text(field);
        if (FormTimes.TryRead(text, zone, out var us)) return us;
        if (_form.Fields.ContainsKey(field)) Errors.Add(FieldError.Bad(field, "datetime_parsing", "Input should be a valid datetime", text));
        return 0;
    }

    private void Number(string field)
    {
        var text = Text(field);
        if (!_form.Fields.ContainsKey(field)) return;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            Errors.Add(FieldError.Bad(field, "int_parsing", "Input should be a valid integer above 0", text));
    }
}
