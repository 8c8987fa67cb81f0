using Chorale.Archive.Examine;
using Chorale.Archive.Store;
using Chorale.Protocol;
using Chorale.Protocol.Chunks;
using Dapper;

namespace Chorale.Hub.Jobs;

/// <summary>A file that a person brings.</summary>
/// <param name="Bytes">As the browser knows it.</param>
/// <param name="StartUs">When its first frame was; a file of our recorders says so itself, and is believed.</param>
internal sealed record ImportFile(
    [property: System.Text.Json.Serialization.JsonPropertyName("name")] string? Name,
    [property: System.Text.Json.Serialization.JsonPropertyName("bytes")] long Bytes,
    [property: System.Text.Json.Serialization.JsonPropertyName("start_us")] long? StartUs);

/// <summary>An import as a client posts it; the files follow one by one.</summary>
internal sealed record ImportRequest(
    [property: System.Text.Json.Serialization.JsonPropertyName("id")] string? Id,
    [property: System.Text.Json.Serialization.JsonPropertyName("recorder")] string? Recorder,
    [property: System.Text.Json.Serialization.JsonPropertyName("files")] IReadOnlyList<ImportFile>? Files)
{
    private const int FilesMax = 1_000;

    public (string Field, string? Value, string Allowed)? Problem(long bytesMax)
    {
        if (!RecorderId.IsValid(Id)) return ("id", Id, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (!RecorderId.IsValid(Recorder)) return ("recorder", Recorder, "1 to 64 of A-Z a-z 0-9 _ - are allowed");
        if (Files is not { Count: >= 1 and <= FilesMax }) return ("files", Files?.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), $"1 to {FilesMax} files are allowed");
        foreach (var file in Files)
        {
            if (file?.Name is not { Length: >= 1 and <= 255 } name) return ("files", file?.Name, "a name of 1 to 255 characters is required");
            if (file.Bytes < 1 || file.Bytes > bytesMax) return ("files", name, $"1 to {bytesMax} bytes are allowed");
            if (file.StartUs is < 0 or >= 7_258_118_400_000_000) return ("files", name, "a start in microseconds since 1970 is allowed");
        }

        return null;
    }
}

/// <summary>
/// Takes files that a browser sends into the archive, by the same way as chunks of recorders. They are admitted together when all have come:
/// cancelled before that, nothing of them is left.
/// </summary>
internal sealed class ImportWork(HubParts hub, ImportRequest request) : IJobWork
{
    private readonly IncomingFile?[] _received = new IncomingFile?[request.Files!.Count];
    private readonly Lock _gate = new();
    private bool _isDisposed;
    private long _bytes;

    public JobKind Kind => JobKind.Import;

    public JobSubject Subject { get; } = new() { Recorders = [request.Recorder!], Files = request.Files!.Count };

    public string Unit => "files";

    public long? Total => request.Files!.Count;

    public int? RateHz => null;

    public long EstimatedBytes => request.Files!.Sum(f => f.Bytes);

    public long BytesMax(int number) => request.Files![number].Bytes;

    public bool HasFile(int number) => number >= 0 && number < _received.Length;

    /// <summary>Takes the body of one file; true when it was the last that was missing.</summary>
    /// <param name="number">In the request, from 0.</param>
    /// <param name="body">Read to its end.</param>
    /// <param name="heard">Bytes received of all files so far.</param>
    /// <exception cref="JobProblemException">It is not as long as was said, was sent already, or the job has ended.</exception>
    public async Task<bool> ReceiveAsync(int number, Stream body, Action<long> heard, CancellationToken cancel)
    {
        var file = hub.Store.Receive(request.Files![number].Bytes);
        try
        {
            var block = new byte[128 * 1024];
            while (await body.ReadAsync(block, cancel) is > 0 and var read)
            {
                if (file.Length + read > BytesMax(number)) throw new JobProblemException($"'{request.Files[number].Name}' is longer than the {BytesMax(number)} bytes that were announced");
                lock (_gate)
                {
                    if (_isDisposed) throw new JobProblemException("the import has ended");
                    _bytes += read;
                }

                file.Append(block.AsSpan(0, read));
                heard(Interlocked.Read(ref _bytes));
            }

            if (file.Length != BytesMax(number)) throw new JobProblemException($"'{request.Files[number].Name}' ended after {file.Length} of {BytesMax(number)} bytes");
            lock (_gate)
            {
                if (_isDisposed) throw new JobProblemException("the import has ended");
                if (_received[number] is not null) throw new JobProblemException($"'{request.Files[number].Name}' was sent already");
                _received[number] = file;
                return Array.TrueForAll(_received, f => f is not null);
            }
        }
        catch
        {
            Interlocked.Add(ref _bytes, -file.Length);
            file.Dispose();
            throw;
        }
    }

    public void Run(JobRun run, CancellationToken cancel)
    {
        var recorder = request.Recorder!;
        var place = hub.Index.Read(c => c.QueryFirstOrDefault<(string? Point, string? Register)>("SELECT point_id, register_id FROM recorders WHERE recorder_id = @recorder", new { recorder }));
        var (taken, bytes) = (0, 0L);
        for (var i = 0; i < _received.Length; i++)
        {
            cancel.ThrowIfCancellationRequested();
            var (said, file) = (request.Files![i], _received[i]!);
            Admission admission;
            try
            {
                admission = hub.Store.AdmitAsync(file, new IncomingChunk
                {
                    RecorderId = recorder, PointId = place.Point ?? recorder, RegisterId = place.Register ?? recorder, StartUs = said.StartUs ?? 0,
                }).GetAwaiter().GetResult();
            }
            catch (IOException e)
            {
                throw new JobProblemException($"'{said.Name}' could not be saved: {e.Message}", e);
            }

            var row = admission.Chunk;
            if (row is not null) taken++;
            run.Found(admission.Outcome switch
            {
                AdmissionOutcome.Stored => new JobFinding("stored", said.Name!, $"from {WallTime.ToText(row!.StartUs)} to {WallTime.ToText(row.EndUs)}{(row.Label is { } label ? $"; {label}" : "")}"),
                AdmissionOutcome.Duplicate => new JobFinding("known", said.Name!, $"it is in the archive already, from {WallTime.ToText(row!.StartUs)}"),
                _ => new JobFinding("refused", said.Name!, admission.Refusal!),
            });
            bytes += file.Length;
            run.Report(i + 1, bytes);
        }

        if (taken == 0) throw new JobProblemException("none of the files could be taken");
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            foreach (var file in _received) file?.Dispose();
        }
    }
}
