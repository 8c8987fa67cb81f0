using System.Buffers.Binary;

namespace Chorale.Show.Players;

/// <summary>A black picture, for rooms without one of their own: BMP, 16 by 9 pixels of 24 bit, which the player scales.</summary>
internal static class IdleImage
{
    private const int Width = 16, Height = 9;

    /// <summary>Rows are padded to four bytes; these need none.</summary>
    private const int RowBytes = Width * 3;

    private const int HeaderBytes = 14 + 40;

    public static void Write(string path)
    {
        var file = new byte[HeaderBytes + (RowBytes * Height)];
        "BM"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(2), file.Length);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(10), HeaderBytes);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(14), 40); // BITMAPINFOHEADER
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(18), Width);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(22), Height);
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(26), 1); // planes
        BinaryPrimitives.WriteInt16LittleEndian(file.AsSpan(28), 24);
        File.WriteAllBytes(path, file);
    }
}
