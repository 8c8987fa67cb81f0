namespace Chorale.Audio.Capture;

/// <summary>Opens inputs by the name a person gave them. Called by the capture thread only; both calls may take as long as a device needs.</summary>
public interface ICaptureInputs
{
    /// <summary>Opens what is asked for.</summary>
    /// <exception cref="CaptureException">Transient: absent or busy. Otherwise the message says what the device can do.</exception>
    ICaptureSource Open(CaptureRequest request);

    /// <summary>
    /// Whether the device is there at this moment, without opening it; cheap enough for once a second.
    /// Null: this kind of input cannot be asked.
    /// </summary>
    bool? IsPresent(CaptureRequest request);
}
