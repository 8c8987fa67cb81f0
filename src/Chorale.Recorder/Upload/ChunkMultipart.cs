using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Chorale.Recorder.Upload;

/// <summary>
/// A <c>multipart/form-data</c> body (RFC 7578) with text fields in order and one file at the end, streamed from disk with a
/// Content-Length. Written here and not with the class library's because that one leaves names unquoted and gives every field a content
/// type, and existing servers were only ever tried with the shape below. Can be sent more than once; does not own the file.
/// <code>
/// --boundary CRLF  Content-Disposition: form-data; name="field" CRLF CRLF  value CRLF
/// --boundary CRLF  Content-Disposition: form-data; name="file"; filename="x.ogg" CRLF  Content-Type: audio/ogg CRLF CRLF  bytes CRLF
/// --boundary-- CRLF
/// </code>
/// </summary>
internal sealed class ChunkMultipart : HttpContent
{
    /// <summary>A tenth of a second of a 5 Mbit/s uplink: each piece that goes out counts as progress.</summary>
    private const int PieceBytes = 64 * 1024;

    private readonly ChunkFile _file;
    private readonly byte[] _head;
    private readonly byte[] _tail;

    public ChunkMultipart(IEnumerable<KeyValuePair<string, string>> fields, string filePart, string fileName, string fileType, ChunkFile file)
    {
        _file = file;
        var boundary = Guid.NewGuid().ToString("N");
        var head = new StringBuilder();
        foreach (var (name, value) in fields)
            head.Append($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Quote(name)}\"\r\n\r\n{value}\r\n");
        head.Append($"--{boundary}\r\nContent-Disposition: form-data; name=\"{Quote(filePart)}\"; filename=\"{Quote(fileName)}\"\r\nContent-Type: {fileType}\r\n\r\n");
        _head = Encoding.UTF8.GetBytes(head.ToString());
        _tail = Encoding.ASCII.GetBytes($"\r\n--{boundary}--\r\n");
        Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={boundary}");
    }

    /// <summary>Called when there is a line to write to, and after every piece that was handed to the network.</summary>
    public Action? Progress { get; set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        Progress?.Invoke();
        await stream.WriteAsync(_head, cancellationToken);
        var piece = new byte[(int)Math.Min(PieceBytes, _file.Length)];
        for (long at = 0; at < _file.Length;)
        {
            var read = await _file.ReadAsync(piece, at, cancellationToken);
            await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken);
            at += read;
            Progress?.Invoke();
        }

        await stream.WriteAsync(_tail, cancellationToken);
        Progress?.Invoke();
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _head.Length + _file.Length + _tail.Length;
        return true;
    }

    /// <summary>As browsers do it (WHATWG form data): what would end the quoted text is percent-encoded.</summary>
    private static string Quote(string text) => text.Replace("\"", "%22", StringComparison.Ordinal).Replace("\r", "%0D", StringComparison.Ordinal).Replace("\n", "%0A", StringComparison.Ordinal);
}

/// <summary>A chunk's file opened for one attempt. What goes wrong with the disk is kept apart from what goes wrong with the network.</summary>
internal sealed class ChunkFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly string _path;

    /// <exception cref="IOException">It cannot be opened; <see cref="FileNotFoundException"/> when it is gone.</exception>
    public ChunkFile(string path)
    {
        _path = path;
        _handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, FileOptions.Asynchronous | FileOptions.SequentialScan);
        Length = RandomAccess.GetLength(_handle);
    }

    public long Length { get; }

    /// <summary>Set once the disk failed while the body was being sent.</summary>
    public IOException? Failure { get; private set; }

    public async ValueTask<int> ReadAsync(Memory<byte> piece, long at, CancellationToken cancel)
    {
        try
        {
            var read = await RandomAccess.ReadAsync(_handle, piece[..(int)Math.Min(piece.Length, Length - at)], at, cancel);
            return read > 0 ? read : throw new EndOfStreamException($"{_path}: {Length} bytes when opened, ends at {at} now");
        }
        catch (IOException e)
        {
            Failure = e;
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();
}
