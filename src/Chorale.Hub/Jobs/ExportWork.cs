using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Chorale.Audio.Files;
using Chorale.Protocol;

namespace Chorale.Hub.Jobs;

/// <summary>Writes the files of a plan: one as it is, several into a ZIP that stores them, with a manifest that says what they are.</summary>
internal sealed class ExportWork(ExportPlan plan, JobSubject subject, TimeProvider time) : IJobWork
{
    private readonly List<(ExportPart Part, string Sha256, long Bytes)> _written = [];

    public JobKind Kind => JobKind.Export;

    public JobSubject Subject => subject;

    public string Unit => "frames";

    public long? Total => plan.Frames;

    public int? RateHz => plan.RateHz;

    public long EstimatedBytes => plan.EstimatedBytes;

    public void Run(JobRun run, CancellationToken cancel)
    {
        foreach (var finding in plan.LeftOut) run.Found(finding);
        using var output = run.CreateFile();
        try
        {
            if (plan.IsZip) WriteZip(run, output, cancel);
            else Write(plan.Parts[0], output, 0, run, output, cancel);
        }
        catch (AudioFileException e)
        {
            throw new JobProblemException(e.Message, e);
        }

        run.WriteManifest(Manifest());
        run.Report(plan.Frames, output.Written);
        run.Complete(output, plan.FileName, plan.ContentType);
    }

    public void Dispose()
    {
    }

    private void WriteZip(JobRun run, JobOutput output, CancellationToken cancel)
    {
        using var zip = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true);
        long before = 0;
        foreach (var part in plan.Parts)
        {
            using (var entry = Entry(zip, part.FileName)) Write(part, entry, before, run, output, cancel);
            before += part.Frames;
        }

        using (var entry = Entry(zip, "manifest.json")) entry.Write(Manifest());
        if (plan.SessionJson is not { } session) return;
        using (var entry = Entry(zip, "session.json")) entry.Write(session);
    }

    /// <summary>Audio is not made smaller by packing it once more.</summary>
    private Stream Entry(ZipArchive zip, string name)
    {
        var entry = zip.CreateEntry(name, CompressionLevel.NoCompression);
        entry.LastWriteTime = time.GetUtcNow();
        return entry.Open();
    }

    private void Write(ExportPart part, Stream target, long before, JobRun run, JobOutput output, CancellationToken cancel)
    {
        using var counted = new DigestStream(target);
        // Everything below writes at once and on this thread; there is nothing to wait for.
        part.WriteAsync(counted, done => run.Report(before + done, output.Written), cancel).GetAwaiter().GetResult();
        _written.Add((part, counted.Sha256(), counted.Written));
        run.Report(before + part.Frames, output.Written);
    }

    private byte[] Manifest() => JsonSerializer.SerializeToUtf8Bytes(new
    {
        version = 1,
        made = WallTime.ToText(time.GetUtcNow()),
        session = subject.Session,
        from = WallTime.ToText(plan.FromUs),
        to = WallTime.ToText(plan.ToUs),
        layout = plan.Layout.ToString().ToLowerInvariant(),
        format = plan.Format,
        files = _written.Select(w => new
        {
            file = plan.IsZip ? w.Part.FileName : plan.FileName, rate_hz = w.Part.RateHz, channels = w.Part.Channels, frames = w.Part.Frames, bytes = w.Bytes, sha256 = w.Sha256,
            tracks = w.Part.Tracks,
        }),
        left_out = plan.LeftOut.Select(l => new { name = l.Name, reason = l.Detail }),
    }, Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Takes the digest of what goes by.</summary>
    private sealed class DigestStream(Stream inner) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public long Written { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Written;

        public override long Position
        {
            get => Written;
            set => throw new NotSupportedException();
        }

        public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

        public override void Write(ReadOnlySpan<byte> bytes)
        {
            _hash.AppendData(bytes);
            inner.Write(bytes);
            Written += bytes.Length;
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(buffer.Span);
            return ValueTask.CompletedTask;
        }

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
