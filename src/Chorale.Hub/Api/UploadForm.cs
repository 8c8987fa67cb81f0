using System.Buffers;
using System.Text;
using Chorale.Archive.Store;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace Chorale.Hub.Api;

/// <summary>
/// A <c>multipart/form-data</c> body with one file, read as it arrives: fields to memory within bounds, the file straight to the disk.
/// </summary>
internal sealed class UploadForm : IDisposable
{
    /// <summary>What the envelope (boundaries, part headers, text fields) may add to the file.</summary>
    public const int EnvelopeBytesMax = 256 * 1024;

    private const int FieldBytesMax = 64 * 1024;
    private const int PartsMax = 64;
    private const int BufferBytes = 64 * 1024;

    public Dictionary<string, string> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Null when the part was not sent.</summary>
    public IncomingFile? File { get; private set; }

    public string? FileContentType { get; private set; }

    /// <summary>Raises Kestrel's own bound to what this endpoint takes; to be called before the body is touched.</summary>
    /// <returns>False when the announced length is already too much.</returns>
    public static bool Allow(HttpContext http, long fileBytesMax)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = fileBytesMax + EnvelopeBytesMax;
        return !(http.Request.ContentLength > fileBytesMax + EnvelopeBytesMax);
    }

    /// <exception cref="InvalidDataException">Not the multipart it claims to be.</exception>
    /// <exception cref="UploadTooLargeException">The file passed <paramref name="fileBytesMax"/>.</exception>
    /// <exception cref="StorageException">The disk refused.</exception>
    /// <exception cref="IOException">The sender went away.</exception>
    public async Task ReadAsync(HttpRequest request, string filePart, long fileBytesMax, ArchiveStore store, CancellationToken cancel)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)) return;
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).ToString();
        if (boundary.Length is 0 or > 200) throw new InvalidDataException("no usable boundary in Content-Type");
        var reader = new MultipartReader(boundary, request.Body, BufferBytes) { HeadersCountLimit = 16, HeadersLengthLimit = 8 * 1024 };
        try
        {
            await ReadPartsAsync(reader, filePart, fileBytesMax, store, request.ContentLength ?? 0, cancel);
        }
        catch (IOException e) when (e is not (BadHttpRequestException or ConnectionResetException) && !cancel.IsCancellationRequested)
        {
            throw new InvalidDataException(e.Message, e); // the reader's word for a body that is complete but lacks its last boundary
        }
    }

    public void Dispose() => File?.Dispose();

    private async Task ReadPartsAsync(MultipartReader reader, string filePart, long fileBytesMax, ArchiveStore store, long bodyBytes, CancellationToken cancel)
    {
        for (var parts = 0; await reader.ReadNextSectionAsync(cancel) is { } section; parts++)
        {
            if (parts == PartsMax) throw new InvalidDataException($"more than {PartsMax} parts");
            if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition)) continue;
            var name = HeaderUtilities.RemoveQuotes(disposition.Name).ToString();
            if (name == filePart && File is null)
            {
                FileContentType = section.ContentType;
                await TakeFileAsync(section.Body, fileBytesMax, store, bodyBytes, cancel);
            }
            else if (!Fields.ContainsKey(name))
            {
                Fields[name] = await ReadFieldAsync(section.Body, name, cancel);
            }
        }
    }

    private async Task TakeFileAsync(Stream body, long fileBytesMax, ArchiveStore store, long bodyBytes, CancellationToken cancel)
    {
        File = Store(() => store.Receive(bodyBytes));
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            while (await body.ReadAsync(buffer, cancel) is > 0 and var count)
            {
                if (File.Length + count > fileBytesMax) throw new UploadTooLargeException();
                Store(() =>
                {
                    File.Append(buffer.AsSpan(0, count));
                    return true;
                });
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static async Task<string> ReadFieldAsync(Stream body, string name, CancellationToken cancel)
    {
        using var text = new MemoryStream();
        var buffer = new byte[1024];
        while (await body.ReadAsync(buffer, cancel) is > 0 and var count)
        {
            if (text.Length + count > FieldBytesMax) throw new InvalidDataException($"field {name} is longer than {FieldBytesMax} bytes");
            text.Write(buffer, 0, count);
        }

        return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    /// <summary>Keeps a failing disk apart from a sender that went away: both are IOException.</summary>
    private static T Store<T>(Func<T> write)
    {
        try
        {
            return write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StorageException(e);
        }
    }
}

internal sealed class UploadTooLargeException : Exception;

internal sealed class StorageException(Exception inner) : Exception(inner.Message, inner);
